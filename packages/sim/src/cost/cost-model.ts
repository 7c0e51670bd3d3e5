/**
 * What the parts of a generation cost, in seconds. Made by measuring a runner, from FLOPs and a device's roofline, or from
 * published latencies; replay adds up what a policy computed, reused, kept and measured.
 */
export interface CostModel {
  /** Where the figures come from, for reports: for example `measured`, `roofline NVIDIA A800`, `published Open-Sora 1.2`. */
  readonly source: string;
  /**
   * A pass apart from its blocks: patchify, embeddings, final norm, and the executor's own work. Spent unless the whole pass
   * is reused.
   */
  readonly frame: number;
  /** Computing and applying the site between each position and the next, once: what reuse of a span over it saves. */
  readonly whole: readonly number[];
  /** Computing only the value of the inner site at each position: what reuse of the value saves. */
  readonly value: readonly number[];
  /** Running the stream in one more stretch: what a pass that is interrupted by a look or a reuse costs each time. */
  readonly stretch: number;
  /** Putting a cached feature into the stream, for each feature that is combined. */
  readonly reuse: number;
  /** Making a residual for the cache, and looking whether it is finite. */
  readonly keep: number;
  /**
   * Handing a feature out of the middle of a stretch for the cache: the value of an inner site, or the stream at a block's
   * end. What leaves at the end of the stack is there without further work. @defaultValue 0
   */
  readonly handOut?: number;
  /** Taking the low frequencies of a model output, where a rule derives one branch from another. @defaultValue 0 */
  readonly lowPass?: number;
  /** Measuring one indicator on whole features. */
  readonly indicator: number;
  /** Measuring one indicator on a sketch of the features. */
  readonly sketchedIndicator: number;
}
