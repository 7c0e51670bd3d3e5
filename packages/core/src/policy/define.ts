import { PolicyConfigError, type OptionIssue } from '../errors.ts';
import type { Json } from '../json.ts';
import { generalMisfits } from './fit.ts';
import { nearestName } from './nearest.ts';
import { resolveOptions, type OptionFacts, type OptionSpecs } from './options.ts';
import type { Misfit, Policy, RunShape } from './policy.ts';

/** A policy without options. */
export type NoOptions = Record<string, never>;

/** What a policy is made from: its name, its options, and the rule. */
export interface PolicyDefinition<Options extends object, State extends Json> {
  readonly name: string;
  /** One sentence for help texts and the catalogue. */
  readonly about: string;
  readonly options: OptionSpecs<Options>;
  /** True for yardsticks without constants of their own, which fit every run. */
  readonly baseline?: true;
  /** Options that depend on each other are checked here. */
  check?(options: Options): readonly OptionIssue[];
  /** The rule, given options that passed every check. */
  rule(options: Options): Omit<Policy<State>, 'id'>;
}

/** How many policies a combinator takes. */
export interface Arity {
  readonly min: number;
  readonly max: number;
}

/** The facts about a policy that parsers and help texts need, whatever its options. */
export interface AnyPolicyFactory {
  /** The name in ids: `bwcache`. */
  readonly policyName: string;
  /** One sentence about the policy. */
  readonly about: string;
  /** Its options. */
  readonly options: Readonly<Record<string, OptionFacts>>;
  /** The defaults of its options in text form, as they would stand in an id. */
  readonly defaults: Readonly<Record<string, string>>;
  /** For combinators: how many policies it combines. */
  readonly combines?: Arity;
  /**
   * Makes the policy from the text forms of its options, as they stand in an id, and the policies that it combines.
   *
   * @throws PolicyConfigError `POLICY_OPTIONS`
   */
  fromText(options: Readonly<Record<string, string>>, policies?: readonly Policy[]): Policy;
}

/** A policy as a function of its options, with the facts that parsers and help texts need. */
export interface PolicyFactory<
  Options extends object = object,
  State extends Json = Json,
> extends AnyPolicyFactory {
  (options?: Partial<Options>): Policy<State>;
  /** The name in ids: `bwcache`. */
  readonly policyName: string;
  /** One sentence about the policy. */
  readonly about: string;
  /** Its options. */
  readonly options: OptionSpecs<Options>;
  /** The defaults of its options in text form, as they would stand in an id. */
  readonly defaults: Readonly<Record<string, string>>;
  /**
   * Makes the policy from the text forms of its options, as they stand in an id.
   *
   * @throws PolicyConfigError `POLICY_OPTIONS`
   */
  fromText(options: Readonly<Record<string, string>>, policies?: readonly Policy[]): Policy<State>;
}

/**
 * Makes a policy factory: checks options (all mistakes at once), prints the id, and binds the rule.
 *
 * @throws PolicyConfigError `POLICY_OPTIONS` from the factory, when an option is unknown or out of range
 */
export function definePolicy<Options extends object, State extends Json>(
  definition: PolicyDefinition<Options, State>,
): PolicyFactory<Options, State> {
  const { name, about, options: specs } = definition;
  const defaults = defaultTexts(specs);
  const build = (given: Partial<Options>, earlier: readonly OptionIssue[]): Policy<State> => {
    const { options, issues } = resolveOptions(specs, given);
    const all = [...earlier, ...issues];
    if (all.length === 0) all.push(...(definition.check?.(options) ?? []));
    if (all.length > 0) throw optionsError(name, all);
    const id = printId(name, specs, options, { defaults });
    const policy = fitted({ id, ...definition.rule(options) }, definition.baseline);
    return isTunable(options) ? tunable(policy, options, (other) => build(other, [])) : policy;
  };
  const make = (given: Partial<Options> = {}): Policy<State> =>
    build(given, unknownOptions(specs, Object.keys(given)));
  const fromText = (
    texts: Readonly<Record<string, string>>,
    policies: readonly Policy[] = [],
  ): Policy<State> => {
    const { given, issues } = readTexts(specs, texts);
    const surplus = policies.map(({ id }) => ({ option: id, message: 'this policy combines no others' }));
    return build(given, [...surplus, ...issues]);
  };
  return Object.assign(make, {
    policyName: name,
    about,
    options: specs,
    defaults,
    fromText,
  });
}

/** The same rule, which also checks what any published rule can have wrong with a run. */
export function fitted<Rule extends Omit<Policy<State>, 'id'>, State extends Json>(
  rule: Rule & Omit<Policy<State>, 'id'>,
  baseline?: true,
): Rule & Required<Pick<Policy, 'fit'>> {
  const own = (run: RunShape): readonly Misfit[] => rule.fit?.(run) ?? [];
  const fit = (run: RunShape): readonly Misfit[] =>
    baseline ? own(run) : [...own(run), ...generalMisfits(rule, run)];
  return { ...rule, fit };
}

/** Policies with an option called `threshold` can be had with another one: see {@link Policy.withThreshold}. */
function isTunable<Options extends object>(options: Options): options is Options & { threshold: number } {
  return 'threshold' in options && typeof options.threshold === 'number';
}

function tunable<Options extends { readonly threshold: number }, State extends Json>(
  policy: Policy<State>,
  options: Options,
  build: (options: Options) => Policy<State>,
): Policy<State> {
  const { threshold } = options;
  return { ...policy, threshold, withThreshold: (other) => build({ ...options, threshold: other }) };
}

/** The defaults of options in text form. */
export function defaultTexts<Options extends object>(specs: OptionSpecs<Options>): Record<string, string> {
  const keys = Object.keys(specs) as (keyof Options & string)[];
  return Object.fromEntries(keys.map((key) => [key, specs[key].print(specs[key].fallback)]));
}

/** Reads options from their text forms; all mistakes at once. */
export function readTexts<Options extends object>(
  specs: OptionSpecs<Options>,
  texts: Readonly<Record<string, string>>,
): { given: Partial<Options>; issues: readonly OptionIssue[] } {
  const issues = unknownOptions(specs, Object.keys(texts));
  const given: Partial<Options> = {};
  for (const [key, text] of Object.entries(texts)) {
    if (!isOption(specs, key)) continue;
    const value = specs[key].read(text);
    if (value === undefined)
      issues.push({ option: key, message: `expected ${specs[key].expected}, got "${text}"` });
    else given[key] = value;
  }
  return { given, issues };
}

function isOption<Options extends object>(
  specs: OptionSpecs<Options>,
  key: string,
): key is keyof Options & string {
  return Object.hasOwn(specs, key);
}

/** Issues for options that do not exist. */
export function unknownOptions<Options extends object>(
  specs: OptionSpecs<Options>,
  given: readonly string[],
): OptionIssue[] {
  const known = Object.keys(specs);
  return given
    .filter((key) => !isOption(specs, key))
    .map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest ? `did you mean "${nearest}"?` : `it takes ${known.join(', ') || 'no options'}`;
      return { option: key, message: `no such option; ${hint}` };
    });
}

/** The error for options that make no policy. */
export function optionsError(name: string, issues: readonly OptionIssue[]): PolicyConfigError {
  const lines = issues.map(({ option, message }) => `${option}: ${message}`);
  return new PolicyConfigError('POLICY_OPTIONS', `[core] policy ${name}: ${lines.join('; ')}`, issues);
}

/**
 * `name(policy,…,option=value,…)` with the quoted options and those that differ from their fallback, in declared order.
 *
 * @param about - the fallbacks in text form, and the policies that are combined
 */
export function printId<Options extends object>(
  name: string,
  specs: OptionSpecs<Options>,
  options: Options,
  {
    defaults,
    policies = [],
  }: { readonly defaults: Readonly<Record<string, string>>; readonly policies?: readonly Policy[] },
): string {
  const parts = policies.map(({ id }) => id);
  for (const key of Object.keys(specs) as (keyof Options & string)[]) {
    const spec = specs[key];
    const text = spec.print(options[key]);
    if (spec.quoted || text !== defaults[key]) parts.push(`${key}=${text}`);
  }
  return parts.length > 0 ? `${name}(${parts.join(',')})` : name;
}
