import type { Policy, RunShape, Stream } from '@refrain/core';

/**
 * How a model is divided into sessions:
 * - `fused`: from the inputs to where the policy decides, and from there to the output: the whole model in one session where
 *   it does not decide in between. What nobody looks at stays inside.
 * - `gated`: the whole model in one session, its blocks inside an `If`; a step that is reused runs the same session.
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
  /** How the blocks are remembered, where they are gated. */
  readonly form?: 'residual' | 'output';
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
  if (plan !== undefined) return { name: plan, why: 'it was asked for' };
  if (!policy) return { name: 'fused', why: 'no policy is named: it serves all of them' };
  if (policy.needs.history === 0)
    return { name: 'fused', why: 'the policy reuses nothing, so the model runs whole' };
  if (policy.needs.model)
    return {
      name: 'fused',
      why: 'the policy skips whole passes, so that the model runs whole or not at all',
    };
  const form = formOfWhole(policy, stream);
  if (form !== undefined)
    return {
      name: 'gated',
      form,
      why: 'the policy decides before the blocks and reuses all of them: one session computes and reuses',
    };
  const travel =
    provider === 'cpu' || provider === 'wasm' ? '' : '; features travel through main memory there';
  return {
    name: 'fused',
    why: `the policy decides between blocks, which takes a session before and one behind${travel}`,
  };
}

/** How many steps a policy is asked about, to see what it does: it may compute some without saying more. */
const FEW = 3;

/**
 * How a policy remembers the blocks, if it looks at most at their start and keeps nothing but all of them; undefined for
 * others.
 */
function formOfWhole(policy: Policy, stream: Stream): 'residual' | 'output' | undefined {
  const { length } = stream;
  const run = runOf(stream);
  const state = policy.init(run);
  let form: 'residual' | 'output' = 'residual';
  for (let step = 0; step < FEW; step++) {
    const decision = policy.next(state, {
      step,
      call: 0,
      branch: run.branch,
      timestep: run.timesteps[step] ?? 0,
      site: 0,
    });
    if (decision.do === 'measure') continue;
    if (decision.until !== length) return undefined;
    const kept =
      decision.do === 'compute' ? decision.keep : [{ from: 0, until: length, form: decision.form }];
    for (const entry of kept) {
      if (entry.from !== 0 || entry.until !== length || entry.form === 'value') return undefined;
      form = entry.form;
    }
  }
  return form;
}

function runOf(stream: Stream): RunShape {
  const steps = 50;
  const timesteps = Array.from({ length: steps }, (_, step) => 1000 - step * 20);
  return {
    steps,
    timesteps,
    branches: ['conditional'],
    branch: 'conditional',
    call: 0,
    callsPerStep: 1,
    stream,
  };
}
