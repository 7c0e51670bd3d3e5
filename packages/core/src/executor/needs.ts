import { PolicyError } from '../errors.ts';
import type { BlockRunner } from '../pass/runner.ts';
import type { Stream } from '../pass/site.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Refuses a policy that needs what the runner does not offer, naming everything that is missing. (A policy that
 * silently never engages is the commonest complaint about caches.)
 *
 * @param policy - what it needs
 * @param runner - its name, operations and model site
 * @param stream - what the runner offers
 * @throws PolicyError `POLICY_NEEDS`
 */
export function requireNeeds(
  policy: Policy,
  runner: Pick<BlockRunner<never, object, unknown>, 'name' | 'ops' | 'model'>,
  stream: Stream,
): void {
  requirePolicy(policy);
  const { model, operations = [] } = policy.needs;
  const { inner, modulated, conditioning = [] } = policy.needs;
  const missing: string[] = [];
  if (inner === 'any' && stream.inner.length === 0) missing.push('inner sites (attention and MLP)');
  if (inner !== undefined && inner !== 'any' && !stream.inner.some(({ kind }) => inner.includes(kind)))
    missing.push(`an inner site of kind ${inner.join(', ')}`);
  const tapped = modulated === 'first' ? stream.blocks.slice(0, 1) : stream.blocks;
  const plain = tapped.filter((block) => !block.modulated).map(({ name }) => name);
  if (modulated && plain.length > 0) missing.push(`modulated inputs of ${plain.slice(0, 3).join(', ')}`);
  for (const name of conditioning)
    if (!stream.conditioning.includes(name)) missing.push(`conditioning "${name}"`);
  if (model && !runner.model) missing.push('the model site (how input and output look as features)');
  for (const operation of operations)
    if (!runner.ops[operation]) missing.push(`the feature operation ${operation}`);
  if (missing.length > 0)
    throw new PolicyError(
      'POLICY_NEEDS',
      `[core] ${policy.id} needs ${missing.join(' and ')}, which runner "${runner.name}" does not offer. ` +
        'Declare them in the runner, or choose a policy that needs less',
    );
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
