/** Something that a case says, and what a run gave for it. */
export type Check =
  /** One character a call: exactly the same. */
  | { readonly of: 'mask'; readonly field: string; readonly expected: string; readonly actual: string }
  /** One word a call, or one line of digits: exactly the same. */
  | {
      readonly of: 'words';
      readonly field: string;
      readonly expected: readonly string[];
      readonly actual: readonly string[];
    }
  /** One number a call. */
  | {
      readonly of: 'numbers';
      readonly field: string;
      readonly expected: readonly (number | null)[];
      readonly actual: readonly (number | null)[];
      /** Greatest difference, as a share of the largest number expected; four units in the last place of float32 when left out. */
      readonly tolerance?: number;
    };

/**
 * Four units in the last place of float32: forecasts are linear combinations, whose terms the sources round and add up in
 * float32, the executor in float64.
 */
const FLOAT32 = 4 * 2 ** -23;

/** Where a check went wrong. */
export interface Difference {
  readonly check: Check;
  /** The first entry that differs. */
  readonly at: number;
}

/** The first difference of a check; undefined when there is none. */
export function differenceOf(check: Check): Difference | undefined {
  const length = Math.max(check.expected.length, check.actual.length);
  for (let at = 0; at < length; at++) if (!agrees(check, at)) return { check, at };
  return undefined;
}

function agrees(check: Check, at: number): boolean {
  if (check.of !== 'numbers') return check.expected[at] === check.actual[at];
  const [expected, actual] = [check.expected[at], check.actual[at]];
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual;
  const largest = Math.max(...check.expected.map((value) => Math.abs(value ?? 0)));
  return Math.abs(expected - actual) <= (check.tolerance ?? FLOAT32) * largest;
}

/** A check of a mask. */
export function sameMask(field: string, expected: string, actual: string): Check {
  return { of: 'mask', field, expected, actual };
}

/** A check of numbers, where the case gives any. */
export function sameNumbers(
  field: string,
  expected: readonly (number | null)[] | null,
  actual: readonly (number | null)[],
  tolerance?: number,
): readonly Check[] {
  if (expected === null) return [];
  return [{ of: 'numbers', field, expected, actual, ...(tolerance !== undefined && { tolerance }) }];
}

/** A check of words, where the case gives any. */
export function sameWords(
  field: string,
  expected: readonly string[] | null,
  actual: readonly string[],
): readonly Check[] {
  return expected === null ? [] : [{ of: 'words', field, expected, actual }];
}
