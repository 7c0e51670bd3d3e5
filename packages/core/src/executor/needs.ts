import { PolicyError } from '../errors.ts';
import type { Stream } from '../pass/site.ts';
import type { Needs, Policy, SpecialOperation } from '../policy/policy.ts';

/** What a runner, or a recording of one, offers to policies. */
export interface Offer {
  /** Shown in errors. */
  readonly name: string;
  /** Its sites. */
  readonly stream: Stream;
  /** Whether the model is a site as a whole. */
  readonly model: boolean;
  /** Operations on features beyond the usual. */
  readonly operations: ReadonlySet<SpecialOperation>;
}

/**
 * Refuses a policy that needs what is not offered, naming everything that is missing. (A policy that silently never
 * engages is the commonest complaint about caches.)
 *
 * @param policy - what it needs
 * @param offer - what there is
 * @throws PolicyError `POLICY_NEEDS`; `POLICY_CONTRACT` when it is no policy
 */
export function requireNeeds(policy: Policy, offer: Offer): void {
  requirePolicy(policy);
  const missing = [...missingSites(policy.needs, offer.stream), ...missingAbilities(policy.needs, offer)];
  if (missing.length > 0)
    throw new PolicyError(
      'POLICY_NEEDS',
      `[core] ${policy.id} needs ${missing.join(' and ')}, which runner "${offer.name}" does not offer. ` +
        'Declare them in the runner, or choose a policy that needs less',
    );
}

function missingSites({ inner, modulated, conditioning = [] }: Needs, stream: Stream): string[] {
  const missing: string[] = [];
  if (inner === 'any' && stream.inner.length === 0) missing.push('inner sites (attention and MLP)');
  if (inner !== undefined && inner !== 'any' && !stream.inner.some(({ kind }) => inner.includes(kind)))
    missing.push(`an inner site of kind ${inner.join(', ')}`);
  const tapped = modulated === 'first' ? stream.blocks.slice(0, 1) : stream.blocks;
  const plain = tapped.filter((block) => !block.modulated).map(({ name }) => name);
  if (modulated && plain.length > 0) missing.push(`modulated inputs of ${plain.slice(0, 3).join(', ')}`);
  for (const name of conditioning)
    if (!stream.conditioning.includes(name)) missing.push(`conditioning "${name}"`);
  return missing;
}

function missingAbilities({ model, operations = [] }: Needs, offer: Offer): string[] {
  return [
    ...(model && !offer.model ? ['the model site (how input and output look as features)'] : []),
    ...operations
      .filter((operation) => !offer.operations.has(operation))
      .map((operation) => `the feature operation ${operation}`),
  ];
}

/** The factory instead of the policy (`never` for `never()`) is the commonest slip. */
function requirePolicy(policy: unknown): void {
  const { next, needs } = Object(policy) as Partial<Policy>;
  if (typeof next === 'function' && typeof needs === 'object') return;
  const hint = typeof policy === 'function' ? ': call the factory, for example never()' : '';
  throw new PolicyError(
    'POLICY_CONTRACT',
    `[core] expected a policy, got ${policy === null ? 'null' : typeof policy}${hint}`,
  );
}
