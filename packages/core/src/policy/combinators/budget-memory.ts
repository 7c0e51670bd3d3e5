import type { Observation } from '../decision.ts';
import type { Policy, RunShape } from '../policy.ts';
import type { Course } from './pace.ts';

/** What `budget` remembers of a branch. */
export type BudgetMemory = {
  readonly timesteps: readonly number[];
  readonly length: number;
  readonly course: Course;
  /** The step that the run is at; −1 before the first. */
  readonly step: number;
  /** The threshold of this step. */
  readonly threshold: number;
  /** The sum of what the run was behind at the steps so far. */
  readonly sum: number;
  /** Passes that were reused, each by the share of its positions. */
  readonly reused: number;
  /** How much of them in this step. */
  readonly now: number;
  /** How much of a pass was reused in the last step that reused anything; 1 before the first. */
  readonly share: number;
  /** What the indicators came to at all reuses. */
  readonly drift: number;
  /** The last step that reused nothing; −1 before the first. */
  readonly computed: number;
};

/** Nothing has happened yet. */
export function noBudgetSpent(policy: Policy, run: RunShape): BudgetMemory {
  const { steps, timesteps, stream } = run;
  const { warmUp, tail, maxAge } = policy.limits(run);
  const course = { steps, from: warmUp, end: steps - tail, maxAge: maxAge ?? null };
  const none = { sum: 0, reused: 0, now: 0, drift: 0 };
  return {
    timesteps,
    length: stream.length,
    course,
    step: -1,
    threshold: 0,
    ...none,
    share: 1,
    computed: -1,
  };
}

/** The memory at the beginning of a step, before its threshold is set. */
export function enteredStep(own: BudgetMemory, step: number): BudgetMemory {
  const { now, share, computed } = own;
  return {
    ...own,
    step,
    now: 0,
    share: now > 0 ? now : share,
    computed: now > 0 || own.step < 0 ? computed : own.step,
  };
}

/**
 * The memory after something was reused.
 *
 * @param value - of the indicator, as the policy stated it
 */
export function afterReuse(own: BudgetMemory, { site, until }: Observation, value: number): BudgetMemory {
  const share = (Math.min(until, own.length) - Math.max(site, 0)) / own.length;
  return {
    ...own,
    reused: own.reused + share,
    now: own.now + share,
    drift: own.drift + Math.max(0, value),
  };
}
