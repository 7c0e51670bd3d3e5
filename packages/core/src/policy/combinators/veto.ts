import type { Decision, ReuseDecision } from '../decision.ts';
import type { Misfit, Policy, Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { computeInstead, positionOf, toldOf } from './carried.ts';
import type { CombinationRule } from './combination.ts';

/** When a policy must not reuse although it would. */
export interface VetoRule {
  readonly limits: Policy['limits'];
  /** What of its own constants does not fit a run. */
  fit?(run: RunShape): readonly Misfit[];
  /** Why the reuse must not happen; undefined lets it. Steps are arguments, so the answer depends on nothing else. */
  why(run: VetoState, at: Position, decision: ReuseDecision): Reason | undefined;
}

/** What a veto that depends on the step alone remembers. */
export type VetoState = { readonly timesteps: readonly number[]; readonly length: number };

/** A rule that lets a policy decide, except that at some steps it computes what the policy would reuse. The policy observes all of it. */
export function vetoing(policy: Policy, veto: VetoRule): CombinationRule<VetoState> {
  return {
    limits: veto.limits,
    fit: (run) => veto.fit?.(run) ?? [],
    begin: ({ timesteps, stream }: RunShape) => ({ timesteps, length: stream.length }),
    next: (own, [state = null], at) =>
      vetoed(policy.next(state, at), at, (decision) => veto.why(own, at, decision)),
    observe: (own, [state = null], seen) => {
      const told = toldOf(policy, state, seen, positionOf(seen, own.timesteps));
      return { own, inner: [policy.observe(state, told)] };
    },
  };
}

/** A decision as it is, or what is done in its place. */
export function vetoed(
  decision: Decision,
  { site }: Position,
  why: (decision: ReuseDecision) => Reason | undefined,
): Decision {
  const reason = decision.do === 'reuse' ? why(decision) : undefined;
  return decision.do === 'reuse' && reason ? computeInstead(decision, site, reason) : decision;
}
