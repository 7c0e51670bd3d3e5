import { PolicyConfigError } from '../errors.ts';
import { pab } from './attention/pab.ts';
import { always } from './baseline/always.ts';
import { fixed } from './baseline/fixed.ts';
import { never } from './baseline/never.ts';
import { recorded } from './baseline/recorded.ts';
import { watch } from './baseline/watch.ts';
import { bwcache } from './block/bwcache.ts';
import type { PolicyFactory } from './define.ts';
import { nearestName } from './nearest.ts';
import type { Policy } from './policy.ts';
import { fora } from './step/fora.ts';
import { teacache } from './step/teacache.ts';

/** What every factory has in common, whatever its options. */
export type AnyPolicyFactory = Pick<PolicyFactory, 'policyName' | 'about' | 'defaults' | 'fromText'> & {
  readonly options: Readonly<Record<string, { readonly about: string; readonly expected: string }>>;
};

const factories: readonly AnyPolicyFactory[] = [
  never,
  always,
  watch,
  fixed,
  recorded,
  bwcache,
  fora,
  teacache,
  pab,
];

/** All policies that can be named in an id, in the order of the catalogue. */
export function listPolicies(): readonly AnyPolicyFactory[] {
  return factories;
}

/**
 * Reads a policy from its id, as printed by {@link Policy.id}: a name and, in parentheses, options.
 *
 * @param id - for example `bwcache(threshold=0.15,interval=10%)` or `never`
 * @throws PolicyConfigError `POLICY_SYNTAX` when the text has another form, `POLICY_UNKNOWN` for an unknown name (the
 * nearest one is suggested), `POLICY_OPTIONS` for unknown options and values out of range
 *
 * @example
 * ```ts
 * const policy = parsePolicy('bwcache(threshold=0.15,interval=10%)');
 * console.log(policy.id); // bwcache(threshold=0.15,interval=10%)
 * ```
 */
export function parsePolicy(id: string): Policy {
  const match = /^\s*([A-Za-z][\w-]*)\s*(?:\(([^()]*)\))?\s*$/.exec(id);
  if (!match?.[1]) throw syntaxError(id, 'expected name or name(option=value,…)');
  const factory = factories.find(({ policyName }) => policyName === match[1]);
  if (!factory) throw unknownPolicy(match[1]);
  return factory.fromText(readPairs(id, match[2] ?? ''));
}

function readPairs(id: string, text: string): Record<string, string> {
  // Without a prototype, so that `__proto__` is an unknown option like any other.
  const pairs = Object.create(null) as Record<string, string>;
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '' && text.trim() === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) throw syntaxError(id, `expected option=value, got "${part}"`);
    const key = part.slice(0, equals).trim();
    if (Object.hasOwn(pairs, key)) throw syntaxError(id, `option "${key}" is given twice`);
    pairs[key] = part.slice(equals + 1).trim();
  }
  return pairs;
}

function syntaxError(id: string, message: string): PolicyConfigError {
  return new PolicyConfigError('POLICY_SYNTAX', `[core] cannot read the policy "${id}": ${message}`);
}

function unknownPolicy(name: string): PolicyConfigError {
  const names = factories.map(({ policyName }) => policyName);
  const nearest = nearestName(name, names);
  const hint = nearest ? `did you mean "${nearest}"? ` : '';
  return new PolicyConfigError(
    'POLICY_UNKNOWN',
    `[core] no policy is called "${name}": ${hint}known are ${names.join(', ')}`,
  );
}
