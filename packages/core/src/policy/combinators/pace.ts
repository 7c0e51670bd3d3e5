/** What a run can bear: where its policy may reuse, and how long an entry may be used. */
export type Course = {
  /** All steps. */
  readonly steps: number;
  /** The first step at which the policy may reuse. */
  readonly from: number;
  /** The first step behind those. */
  readonly end: number;
  /** How many steps an entry may be used; null for any. */
  readonly maxAge: number | null;
};

/** The greatest threshold, at which everything that can be reused is. */
export const ALL = 1e9;

/** How far the logarithm of the threshold may stray, so that it stays an ordinary number. */
const FARTHEST = 12;

/** How strongly being behind, in reuses, raises the logarithm of the threshold; and how strongly the sum of it does. */
const [PROPORTIONAL, INTEGRAL] = [1, 0.1];

/** A whole budget ahead or behind counts as much as this many reuses. */
const WHOLE = 8;

/** A threshold where none was given. */
const SOMEWHERE = 0.1;

/**
 * Where a budget that is used up evenly would stand before a step.
 *
 * @param budget - all of it
 */
export function paceAt({ from, end }: Course, step: number, budget: number): number {
  if (step <= from || end <= from) return 0;
  return (budget * Math.min(step, end) - budget * from) / (end - from);
}

/** The threshold for a step: that of the policy, times e to the power of what the run is behind. */
export function thresholdFor(base: number, behind: number, sum: number): number {
  const exponent = PROPORTIONAL * behind + INTEGRAL * sum;
  return (base > 0 ? base : SOMEWHERE) * Math.exp(Math.max(-FARTHEST, Math.min(FARTHEST, exponent)));
}

/** How far a sum of what was spent is behind its pace, on the scale of reuses. */
export function behindBudget(course: Course, step: number, spent: number, budget: number): number {
  return budget > 0 ? (WHOLE * (paceAt(course, step, budget) - spent)) / budget : -WHOLE;
}

/**
 * In how many steps from a given one on something can still be reused, if as much is reused as may be.
 *
 * @param computed - the last step that was computed; −1 if none was
 */
export function capacity({ from, end, maxAge }: Course, step: number, computed: number): number {
  const begin = Math.max(step, from);
  if (maxAge === null) return Math.max(0, end - begin);
  let [count, last] = [0, begin > step ? begin - 1 : computed];
  for (let at = begin; at < end; at++)
    if (last >= 0 && at - last <= maxAge) count += 1;
    else last = at;
  return count;
}
