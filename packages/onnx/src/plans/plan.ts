import type { Policy, Stream } from '@refrain/core';
import { gateOf, type PlannedGate } from './gate-of.ts';

/**
 * How a model is divided into sessions:
 * - `fused`: from the inputs to where the policy decides, and from there to the output: the whole model in one session where
 *   it does not decide in between. What nobody looks at stays inside.
 * - `gated`: the blocks that are reused stand inside an `If`, and a step that reuses them runs the same session as one that
 *   computes them. The session is the whole model, or what lies behind the point at which the policy decides.
 * - `chain`: the part before the blocks, each span, and the part behind them in sessions of their own; every feature is at
 *   hand in between.
 */
export type PlanName = 'fused' | 'gated' | 'chain';

/** A plan, and the reason for it. */
export interface SessionPlan {
  /** How the model is divided. */
  readonly name: PlanName;
  /** Why, in a sentence. */
  readonly why: string;
  /** The blocks inside the `If`, where there is one. */
  readonly gate?: PlannedGate;
}

/** What a plan depends on. */
export interface PlanRequest {
  /** What will decide; left out where that is not known, or where several policies share a runner. */
  readonly policy?: Policy | undefined;
  /** The execution provider. */
  readonly provider: string;
  /** The sites of the model. */
  readonly stream: Stream;
  /** The plan that the caller insists on. */
  readonly plan?: PlanName | undefined;
}

/**
 * Chooses how a model is divided into sessions, by what the policy needs and where the model runs: as few sessions as
 * serve, each of which holds its weights once, and as few features as possible that leave them.
 *
 * @param request - policy, provider, and model
 *
 * @example
 * ```ts
 * choosePlan({ policy: bwcache(), provider: 'cpu', stream }).name; // 'gated'
 * ```
 */
export function choosePlan({ policy, provider, stream, plan }: PlanRequest): SessionPlan {
  if (plan !== undefined) return { ...gated(policy, stream, plan), name: plan, why: 'it was asked for' };
  if (!policy) return { name: 'fused', why: 'no policy is named: it serves all of them' };
  if (policy.needs.history === 0)
    return { name: 'fused', why: 'the policy reuses nothing, so the model runs whole' };
  if (policy.needs.model)
    return {
      name: 'fused',
      why: 'the policy skips whole passes, so that the model runs whole or not at all',
    };
  const gate = gateOf(policy, stream);
  if (gate) return { name: 'gated', gate, why: whyGated(gate, stream) };
  const travel =
    provider === 'cpu' || provider === 'wasm' ? '' : '; features travel through main memory there';
  return {
    name: 'fused',
    why: `the policy decides between blocks, which takes a session before and one behind${travel}`,
  };
}

function gated(policy: Policy | undefined, stream: Stream, plan: PlanName): Pick<SessionPlan, 'gate'> {
  if (plan !== 'gated') return {};
  const whole: PlannedGate = { from: 0, until: stream.length, form: 'residual', look: [] };
  return { gate: (policy && gateOf(policy, stream)) ?? whole };
}

function whyGated({ from, until, look }: PlannedGate, { length }: Stream): string {
  if (from > 0)
    return 'the policy decides behind its first blocks: one session up to there, and one that computes or reuses the others';
  const what = until === length ? 'all of them' : 'those at the front';
  return look.length > 0
    ? `the policy looks and decides before the blocks and reuses ${what}: one session looks, one computes or reuses`
    : `the policy decides before the blocks and reuses ${what}: one session computes and reuses`;
}
