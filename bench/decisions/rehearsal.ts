import type { Json, Observation, Policy, Position, RunReport } from '@refrain/core';
import type { Core } from './packaged-core.ts';
import { samples, scalarRunner, STEPS } from './scalar-runner.ts';

/** One decision: what the policy is asked, and what it observes after. */
export interface Turn {
  /** Which of the states it is about. */
  readonly lane: number;
  readonly at: Position;
  readonly seen: Observation;
}

/** A whole run as the policy sees it. */
export interface Rehearsal {
  readonly policy: Policy;
  /** The states before the first step: one, or one for each branch. */
  readonly states: readonly Json[];
  readonly turns: readonly Turn[];
  readonly report: RunReport;
}

const timesteps = Array.from({ length: STEPS }, (_, step) => 1000 * (1 - step / STEPS));

/**
 * Runs a policy once in the executor, on features of one number, and writes down all that it is asked and told. Policies
 * are pure, so these can be replayed without executor and runner.
 *
 * @param core - whose policy and executor
 * @param policy - any policy
 */
export async function rehearse({ refrain, streamOf }: Core, policy: Policy): Promise<Rehearsal> {
  const branches = policy.needs.branches === 'two' ? ['conditional', 'unconditional'] : ['conditional'];
  const laneOf = (branch: string): number => (policy.shared ? 0 : branches.indexOf(branch));
  const turns: Turn[] = [];
  let asked: Position | undefined;
  const witness: Policy = {
    ...policy,
    next(state, at) {
      asked = { ...at };
      return policy.next(state, at);
    },
    observe(state, seen) {
      if (asked) turns.push({ lane: laneOf(seen.branch), at: asked, seen });
      return policy.observe(state, seen);
    },
  };
  const run = refrain(scalarRunner, witness).start({ timesteps, branches });
  for (const [step, value] of samples().entries())
    for (const branch of branches)
      await run.step({ value: branch === 'conditional' ? value : 0.9 * value }, { step, branch });
  const stream = streamOf(scalarRunner.sites, scalarRunner.conditioning);
  const shape = { steps: STEPS, timesteps, branches, call: 0, callsPerStep: 1, stream };
  const states = (policy.shared ? branches.slice(0, 1) : branches).map((branch) =>
    policy.init({ ...shape, branch }),
  );
  return { policy, states, turns, report: run.report() };
}

/**
 * Lets the policy decide the whole run anew. Refers to nothing outside itself: it is copied.
 *
 * @returns how many decisions were to reuse
 */
export function replay({ policy, states, turns }: Rehearsal): number {
  const current = [...states];
  let reused = 0;
  for (const { lane, at, seen } of turns) {
    const state = current[lane] as Json;
    if (policy.next(state, at).do === 'reuse') reused += 1;
    current[lane] = policy.observe(state, seen);
  }
  return reused;
}
