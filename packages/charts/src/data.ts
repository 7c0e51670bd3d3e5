/** How much every block changed at every step of the plain run of a prompt: relative L1 of block outputs. */
export interface HeatMap {
  /** Names of the blocks, first to last. */
  readonly blocks: readonly string[];
  /** `values[block][step]`, mean over the branches; null at step 0, where there is nothing to compare with. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Mean over the blocks of what BWCache's released form looks at (modulated inputs), by step. */
  readonly modulatedMean: readonly (number | null)[];
}

/** A site of the model as a row of the timeline. */
export interface TimelineSite {
  /** As the runner calls it. */
  readonly name: string;
  /** `block`, or the kind of an inner site: `spatial-attention`, `cross-attention`, `mlp`, … */
  readonly kind: string;
}

/** What one policy did at each site and step, for one branch. */
export interface Timeline {
  /** Id of the policy. */
  readonly policy: string;
  /** Guidance branch. */
  readonly branch: string;
  /** The rows, first to last. */
  readonly sites: readonly TimelineSite[];
  /** `cells[site]` has one character a step: `1` computed, `0` taken from the cache, `-` not run. */
  readonly cells: readonly string[];
  /** For each step, in words, why the policy decided so (`mean relative L1 0.021 < 0.03`); the tooltip. */
  readonly reasons: readonly string[];
}

/** A line to draw into the curve of mean change: below it a policy begins to reuse. */
export interface Threshold {
  /** Id of the policy. */
  readonly policy: string;
  /** Height of the line. */
  readonly value: number;
  /** Which of both curves it belongs to. */
  readonly on: 'output' | 'modulated';
}
