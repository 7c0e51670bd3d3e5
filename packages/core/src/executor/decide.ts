import type { PassInfo } from '../pass/runner.ts';
import type { Decision } from '../policy/decision.ts';
import type { Policy } from '../policy/policy.ts';
import { askPolicy } from './blame.ts';
import type { Lane } from './lane.ts';

/** Asks the policy about a position. */
export function decideAt(
  policy: Policy,
  { memory }: Pick<Lane<object>, 'memory'>,
  info: PassInfo,
  site: number,
): Decision {
  const { step, call, branch, timestep } = info;
  return askPolicy(policy, () => policy.next(memory.state, { step, call, branch, timestep, site }));
}
