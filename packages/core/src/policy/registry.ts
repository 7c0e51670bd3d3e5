import { PolicyConfigError } from '../errors.ts';
import { catalogue } from './catalogue.ts';
import type { AnyPolicyFactory } from './define.ts';
import { nearestName } from './nearest.ts';
import type { Policy } from './policy.ts';
import { parseId, type ParsedId } from './syntax.ts';

/** What {@link parsePolicy} may use beyond the catalogue. */
export interface ParseOptions {
  /** Own policies, by their names; one of the catalogue's names takes its place. */
  readonly factories?: readonly AnyPolicyFactory[];
}

/** All policies that can be named in an id, in the order of the catalogue. */
export function listPolicies(): readonly AnyPolicyFactory[] {
  return catalogue;
}

/**
 * Reads a policy from its id, as printed by {@link Policy.id}: a name and, in parentheses, the policies that it combines
 * and its options.
 *
 * @param id - for example `bwcache(threshold=0.15,interval=10%)`, `limit(teacache(threshold=0.1),maxAge=2)` or `never`
 * @param options - own policies
 * @throws PolicyConfigError `POLICY_SYNTAX` when the text has another form, `POLICY_UNKNOWN` for an unknown name (the
 * nearest one is suggested), `POLICY_OPTIONS` for unknown options and values out of range
 *
 * @example
 * ```ts
 * const policy = parsePolicy('bwcache(threshold=0.15,interval=10%)');
 * console.log(policy.id); // bwcache(threshold=0.15,interval=10%)
 * ```
 */
export function parsePolicy(id: string, { factories = [] }: ParseOptions = {}): Policy {
  return build(parseId(id), [...factories, ...catalogue]);
}

function build({ name, policies, options }: ParsedId, factories: readonly AnyPolicyFactory[]): Policy {
  const factory = factories.find(({ policyName }) => policyName === name);
  if (!factory) throw unknownPolicy(name, factories);
  return factory.fromText(
    options,
    policies.map((inner) => build(inner, factories)),
  );
}

function unknownPolicy(name: string, factories: readonly AnyPolicyFactory[]): PolicyConfigError {
  const names = factories.map(({ policyName }) => policyName);
  const nearest = nearestName(name, names);
  const hint = nearest ? `did you mean "${nearest}"? ` : '';
  return new PolicyConfigError(
    'POLICY_UNKNOWN',
    `[core] no policy is called "${name}": ${hint}known are ${names.join(', ')}`,
  );
}
