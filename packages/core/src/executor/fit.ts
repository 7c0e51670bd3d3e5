import { PolicyError } from '../errors.ts';
import type { Policy, RunShape } from '../policy/policy.ts';
import { askPolicy } from './blame.ts';
import type { Recorder } from './recorder.ts';

/**
 * Checks that a policy's constants fit a run, before its first step. Warnings go into the report, each kind once.
 *
 * @throws PolicyError `POLICY_FIT` when the policy cannot work for this run
 */
export function requireFit(policy: Policy, run: RunShape, recorder: Recorder): void {
  const misfits = askPolicy(policy, () => policy.fit?.(run) ?? []);
  const errors = misfits.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (errors.length > 0)
    throw new PolicyError('POLICY_FIT', `[core] ${policy.id} does not fit this run: ${errors.join('; ')}`);
  const told = new Set<string>();
  for (const { code, message } of misfits) {
    // A combination has the misfits of all its policies, which are often the same.
    if (!told.has(code)) recorder.warnings.add(code, message);
    told.add(code);
  }
}
