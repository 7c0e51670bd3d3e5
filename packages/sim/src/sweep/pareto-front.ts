/** What a front is made of: faster is better, less drift is better. */
export interface SpeedAndDrift {
  readonly speed: number;
  /** Null where it cannot be predicted. */
  readonly drift: number | null;
}

/**
 * The outcomes that no other beats: one beats another if it is at least as fast, drifts at most as much, and is better in
 * one of both. Of outcomes that are equal in both, all are on the front if one is. Outcomes whose drift is not known are not.
 *
 * @param outcomes - n of them, in any order
 * @returns those on the front, fastest first, equal ones in the order in which they came; in O(n log n)
 *
 * @example
 * ```ts
 * const front = paretoFront(outcomesOf(rows).outcomes);
 * console.log(front.map(({ policy, speed, drift }) => `${policy}: ${speed}× at ${drift}`));
 * ```
 */
export function paretoFront<Outcome extends SpeedAndDrift>(outcomes: readonly Outcome[]): readonly Outcome[] {
  const known = outcomes.filter(({ speed, drift }) => !Number.isNaN(speed) && isNumber(drift));
  // Sorting is stable, so equal outcomes keep their order.
  const sorted = known.toSorted((a, b) => compare(b.speed, a.speed) || compare(driftOf(a), driftOf(b)));
  const front: Outcome[] = [];
  for (const outcome of sorted) {
    const last = front.at(-1);
    const equal = last?.speed === outcome.speed && last.drift === outcome.drift;
    if (!last || equal || driftOf(outcome) < driftOf(last)) front.push(outcome);
  }
  return front;
}

function isNumber(drift: number | null): drift is number {
  return drift !== null && !Number.isNaN(drift);
}

function driftOf({ drift }: SpeedAndDrift): number {
  return drift ?? Infinity;
}

/** Differences of infinite values are NaN. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
