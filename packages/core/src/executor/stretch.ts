/**
 * A stretch of the stream that waits to be run in one go: consecutive spans to compute, and inner sites whose cached
 * value is applied on the way. Runners can fuse it; nothing in it had to be looked at before the next decision.
 */
export interface Stretch<Feature> {
  readonly from: number;
  until: number;
  /** Cached values to apply, by the position of their inner site. */
  readonly values: Map<number, Feature>;
}

/** An empty stretch that starts at a position. */
export function openStretch<Feature>(from: number): Stretch<Feature> {
  return { from, until: from, values: new Map() };
}
