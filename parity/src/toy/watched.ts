import type { Json, Observation, Policy } from '@refrain/core';

/** A policy whose states can be looked at. */
export interface Watched<State extends Json> {
  /** The same policy. */
  readonly policy: Policy<State>;
  /** The state at the end of each pass, by step and branch. */
  readonly stateAfter: (step: number, branch?: string) => State | undefined;
}

/** Writes down the states of a policy while it runs. */
export function watched<State extends Json>(policy: Policy<State>): Watched<State> {
  const states = new Map<string, State>();
  const observe = (before: State, seen: Observation): State => {
    const after = policy.observe(before, seen);
    states.set(`${seen.step} ${seen.branch}`, after);
    return after;
  };
  return {
    policy: { ...policy, observe },
    stateAfter: (step, branch = 'conditional') => states.get(`${step} ${branch}`),
  };
}
