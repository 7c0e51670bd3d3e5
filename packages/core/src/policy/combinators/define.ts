import type { OptionIssue } from '../../errors.ts';
import type { Json } from '../../json.ts';
import {
  defaultTexts,
  fitted,
  optionsError,
  printId,
  readTexts,
  unknownOptions,
  type AnyPolicyFactory,
  type Arity,
  type NoOptions,
} from '../define.ts';
import { resolveOptions, type OptionSpecs } from '../options.ts';
import type { Policy } from '../policy.ts';

/** What a combinator is made from: its name, its options, how many policies it takes, and the rule. */
export interface CombinatorDefinition<Options extends object, State extends Json> {
  readonly name: string;
  /** One sentence for help texts and the catalogue. */
  readonly about: string;
  readonly options: OptionSpecs<Options>;
  readonly combines: Arity;
  /** True if it sets the threshold of its policy itself, so that nobody else should. */
  readonly steers?: true;
  /** Options and policies that do not go together are found here. */
  check?(options: Options, policies: readonly Policy[]): readonly OptionIssue[];
  /** The rule, given options and policies that passed every check. */
  rule(options: Options, policies: readonly Policy[]): Omit<Policy<State>, 'id'>;
}

/** A combinator with options: `limit({ maxAge: 2 }, policy)`. */
export interface CombinatorFactory<Options extends object, State extends Json> extends AnyPolicyFactory {
  (options: Partial<Options>, ...policies: readonly Policy[]): Policy<State>;
  readonly combines: Arity;
}

/** A combinator without options: `both(one, other)`. */
export interface PlainCombinatorFactory<State extends Json> extends AnyPolicyFactory {
  (...policies: readonly Policy[]): Policy<State>;
  readonly combines: Arity;
}

/**
 * Makes a combinator: a policy made of policies.
 *
 * @throws PolicyConfigError `POLICY_OPTIONS` from the factory, when an option is unknown or out of range, or the number
 * of policies is wrong
 */
export function defineCombinator<Options extends object, State extends Json>(
  definition: CombinatorDefinition<Options, State>,
): CombinatorFactory<Options, State> {
  const { options: specs } = definition;
  const facts = factsOf(definition);
  const known = { ...definition, defaults: facts.defaults };
  const build = (given: Partial<Options>, policies: readonly Policy[], earlier: readonly OptionIssue[]) =>
    buildCombination(known, given, policies, earlier);
  const make = (given: Partial<Options>, ...policies: readonly Policy[]): Policy<State> =>
    build(given, policies, unknownOptions(specs, Object.keys(given)));
  const fromText = (
    texts: Readonly<Record<string, string>>,
    policies: readonly Policy[] = [],
  ): Policy<State> => {
    const { given, issues } = readTexts(specs, texts);
    return build(given, policies, issues);
  };
  return Object.assign(make, { ...facts, fromText });
}

/** Makes a combinator that has no options. The same errors as {@link defineCombinator}. */
export function definePlainCombinator<State extends Json>(
  definition: Omit<CombinatorDefinition<NoOptions, State>, 'options'>,
): PlainCombinatorFactory<State> {
  const general = defineCombinator<NoOptions, State>({ ...definition, options: {} });
  const make = (...policies: readonly Policy[]): Policy<State> => general({}, ...policies);
  return Object.assign(make, {
    ...factsOf({ ...definition, options: {} }),
    fromText: (texts: Readonly<Record<string, string>>, policies: readonly Policy[] = []) =>
      general.fromText(texts, policies),
  });
}

function factsOf<Options extends object, State extends Json>({
  name,
  about,
  options,
  combines,
}: CombinatorDefinition<Options, State>): Omit<AnyPolicyFactory, 'fromText'> & { readonly combines: Arity } {
  return { policyName: name, about, options, defaults: defaultTexts(options), combines };
}

function buildCombination<Options extends object, State extends Json>(
  definition: CombinatorDefinition<Options, State> & Pick<AnyPolicyFactory, 'defaults'>,
  given: Partial<Options>,
  policies: readonly Policy[],
  earlier: readonly OptionIssue[],
): Policy<State> {
  const { name, options: specs, combines, defaults } = definition;
  const { options, issues } = resolveOptions(specs, given);
  const all = [...arityIssues(combines, policies), ...earlier, ...issues];
  if (all.length === 0) all.push(...(definition.check?.(options, policies) ?? []));
  if (all.length > 0) throw optionsError(name, all);
  const policy = {
    ...fitted(definition.rule(options, policies)),
    // A rule may hand on one of its policies, which has an id of its own.
    id: printId(name, specs, options, { defaults, policies }),
  };
  if (definition.steers) return policy;
  return withTunable(policy, policies, (others) => buildCombination(definition, given, others, []));
}

/** A combination in which one policy has a threshold can be had with another one: see {@link Policy.withThreshold}. */
function withTunable<State extends Json>(
  policy: Policy<State>,
  policies: readonly Policy[],
  rebuild: (policies: readonly Policy[]) => Policy<State>,
): Policy<State> {
  const tunable = policies.filter((item) => item.withThreshold !== undefined);
  const [one] = tunable;
  if (!one || tunable.length > 1) return policy;
  const { threshold } = one;
  return {
    ...policy,
    ...(threshold !== undefined && { threshold }),
    withThreshold: (other) =>
      rebuild(policies.map((item) => (item === one ? (one.withThreshold?.(other) ?? item) : item))),
  };
}

function arityIssues({ min, max }: Arity, policies: readonly Policy[]): readonly OptionIssue[] {
  const stranger = policies.find((policy) => typeof Object(policy).next !== 'function');
  if (stranger !== undefined)
    return [{ option: 'policies', message: `expected policies, got ${typeof stranger}` }];
  if (policies.length >= min && policies.length <= max) return [];
  const wanted = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  return [{ option: 'policies', message: `expected ${wanted}, got ${policies.length}` }];
}
