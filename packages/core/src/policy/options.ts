import type { OptionIssue } from '../errors.ts';
import { count, percentage, range, readNumber, readNumbers, readPercent, show } from './option-text.ts';

/** What help texts and forms can know of an option, whatever its values are. */
export interface OptionFacts {
  /** One sentence for help texts and the catalogue. */
  readonly about: string;
  /** What a valid value looks like, for error messages. */
  readonly expected: string;
  /** The words to choose from, where there are no other values. */
  readonly choices?: readonly string[];
  /** Smallest and greatest value, where all values are numbers; infinite without a bound. */
  readonly bounds?: { readonly min: number; readonly max: number; readonly integer: boolean };
}

/** How one option of a policy is read, checked and printed. */
export interface OptionSpec<Value> extends OptionFacts {
  /** Used when the option is left out. */
  readonly fallback: Value;
  /** Reads the text form; undefined when the text is not one. */
  read(text: string): Value | undefined;
  /** The text form, which `read` reads back. */
  print(value: Value): string;
  /** True if the value may be used. Values come from code too, so nothing is assumed of them. */
  accepts(value: unknown): boolean;
  /** Printed even when it equals the fallback: the options that people quote. */
  readonly quoted?: boolean;
}

/** The options of a policy by name. */
export type OptionSpecs<Options> = { readonly [Key in keyof Options]-?: OptionSpec<Options[Key]> };

/** A number of steps: a count, or a share of the run such as `10%`. */
export type StepCount = number | `${number}%`;

/** How an option is printed: `quoted` ones stand in the id even when they have their default. */
export type OptionDisplay = { readonly quoted?: boolean };

/** An option that is a finite number. */
export function numberOption(
  about: string,
  fallback: number,
  bounds: { min?: number; max?: number } & OptionDisplay = {},
): OptionSpec<number> {
  const { min = -Infinity, max = Infinity, quoted = false } = bounds;
  return {
    about,
    fallback,
    quoted,
    expected: `a number${range(min, max)}`,
    bounds: { min, max, integer: false },
    read: readNumber,
    print: String,
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max,
  };
}

/** An option that is an integer. */
export function integerOption(
  about: string,
  fallback: number,
  bounds: { min?: number; max?: number } & OptionDisplay = {},
): OptionSpec<number> {
  const number = numberOption(about, fallback, bounds);
  const { min = -Infinity, max = Infinity } = bounds;
  return {
    ...number,
    expected: `an integer${range(min, max)}`,
    bounds: { min, max, integer: true },
    accepts: (value) => Number.isInteger(value) && number.accepts(value),
  };
}

/**
 * An option that is a positive count of steps or a share of the run: `3` or `10%`. What else is counted stands in
 * `extra.of`.
 */
export function stepCountOption(
  about: string,
  fallback: StepCount,
  extra: { of?: string } & OptionDisplay = {},
): OptionSpec<StepCount> {
  return {
    about,
    fallback,
    quoted: extra.quoted ?? false,
    expected: `an integer of at least 1, or a share of the ${extra.of ?? 'steps'} above 0% and at most 100% such as 10%`,
    read: (text) => (text.endsWith('%') ? readPercent(text) : readNumber(text)),
    print: (value) => (typeof value === 'number' ? String(value) : `${percentage(value)}%`),
    accepts: (value) => {
      if (typeof value === 'number') return Number.isInteger(value) && value >= 1;
      const share = typeof value === 'string' ? percentage(value) : undefined;
      return share !== undefined && share > 0 && share <= 100;
    },
  };
}

/** An option that is one of a few words. */
export function choiceOption<const Choice extends string>(
  about: string,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
  extra: OptionDisplay = {},
): OptionSpec<Choice> {
  return {
    about,
    fallback,
    quoted: extra.quoted ?? false,
    expected: `one of ${choices.join(', ')}`,
    choices,
    read: (text) => choices.find((choice) => choice === text),
    print: (value) => value,
    accepts: (value) => choices.some((choice) => choice === value),
  };
}

/** An option that is a list of finite numbers, written `1:0.5:0`. */
export function numbersOption(
  about: string,
  fallback: readonly number[],
  bounds: { minLength?: number; maxLength?: number } & OptionDisplay = {},
): OptionSpec<readonly number[]> {
  const { minLength = 0, maxLength = Infinity, quoted = false } = bounds;
  return {
    about,
    fallback,
    quoted,
    expected: `numbers separated by colons, ${count(minLength, maxLength)}`,
    read: readNumbers,
    print: (value) => value.join(':'),
    accepts: (value) =>
      Array.isArray(value) &&
      value.length >= minLength &&
      value.length <= maxLength &&
      value.every((item) => typeof item === 'number' && Number.isFinite(item)),
  };
}

/** An option that is a text of certain characters. `pattern` must match the whole text and allow no `,`, `(` or `)`. */
export function textOption(
  about: string,
  fallback: string,
  pattern: RegExp,
  expected: string,
  extra: OptionDisplay = {},
): OptionSpec<string> {
  return {
    about,
    fallback,
    expected,
    quoted: extra.quoted ?? false,
    read: (text) => text,
    print: (value) => value,
    accepts: (value) => typeof value === 'string' && pattern.test(value),
  };
}

/**
 * Resolves a {@link StepCount} for a run: shares are rounded down, but never below one step. (With R = 5 % of 30 steps
 * BWCache's published latencies fit one reused step, with 25 % seven.)
 *
 * @param value - a count or a share such as `10%`
 * @param steps - the number of steps of the run
 */
export function stepsOf(value: StepCount, steps: number): number {
  if (typeof value === 'number') return value;
  return Math.max(1, Math.floor((steps * (percentage(value) ?? 0)) / 100 + 1e-9));
}

/** Fills in fallbacks and collects everything that is wrong. Unknown names are reported by the caller. */
export function resolveOptions<Options extends object>(
  specs: OptionSpecs<Options>,
  given: Partial<Options>,
): { options: Options; issues: OptionIssue[] } {
  const issues: OptionIssue[] = [];
  const options: Partial<Options> = {};
  for (const key of Object.keys(specs) as (keyof Options & string)[]) {
    // Only a missing option falls back: null is a mistake that should be seen.
    const value = given[key] === undefined ? specs[key].fallback : given[key];
    if (!specs[key].accepts(value))
      issues.push({ option: key, message: `expected ${specs[key].expected}, got ${show(value)}` });
    options[key] = value;
  }
  return { options: options as Options, issues };
}
