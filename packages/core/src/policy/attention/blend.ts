/** A feature as a linear combination of those that were computed: steps, newest first, and their weights. */
export type Blend = readonly (readonly [step: number, weight: number])[];

/** The feature that was computed at a step. */
export function computedAt(step: number): Blend {
  return [[step, 1]];
}

/**
 * newest + w · (newest − older), as a combination of what was computed.
 *
 * @param newest - the newest feature
 * @param older - the one before it; none: the newest is taken as it is
 * @param weight - w
 * @param depth - how many computed features may be combined; what is beyond counts as the oldest of them
 */
export function extrapolate(newest: Blend, older: Blend | undefined, weight: number, depth: number): Blend {
  if (older === undefined || weight === 0) return newest;
  const weights = new Map<number, number>();
  const add = (step: number, share: number): Map<number, number> =>
    weights.set(step, (weights.get(step) ?? 0) + share);
  for (const [step, share] of newest) add(step, (1 + weight) * share);
  for (const [step, share] of older) add(step, -weight * share);
  const all = [...weights].toSorted(([one], [other]) => other - one);
  const [oldest, ...beyond] = all.slice(depth - 1);
  if (oldest === undefined) return all;
  const rest = beyond.reduce((sum, [, share]) => sum + share, oldest[1]);
  return [...all.slice(0, depth - 1), [oldest[0], rest]];
}
