import type { Granularity, Warning } from '@refrain/core';

/** One policy on one prompt, against the plain model. A row of the table, and of `--json`. */
export interface ComparisonRow {
  /** Id of the policy; `refrain` and `@refrain/core` read it back. */
  readonly policy: string;
  readonly granularity: Granularity;
  readonly prompt: string;
  /**
   * For each guidance branch one character a step: `1` computed, `0` taken from the cache, `p` partly, `-` not run.
   */
  readonly mask: Readonly<Record<string, string>>;
  /** Sites taken from the cache as a share of all sites, 0 … 1. */
  readonly reuseRate: number;
  /** Seconds of the cached generation (median over repeats). */
  readonly seconds: number;
  /** Seconds of the plain generation that was timed next to it (median over repeats). */
  readonly plainSeconds: number;
  /** Median over repeats of plain time by cached time. */
  readonly speedup: number;
  /** What the measured cost of the skipped spans would give if caching itself were free. */
  readonly idealSpeedup: number;
  /** Peak signal-to-noise ratio against the plain video in dB over all frames; null when the two are identical. */
  readonly psnr: number | null;
  /** Structural similarity against the plain video, mean over frames and channels, at most 1. */
  readonly ssim: number;
  /** Largest absolute difference of any pixel, in the model's range [−1, 1]. */
  readonly maxAbsDiff: number;
  /** The most bytes that cache and indicator references held at any time. */
  readonly bytesHeld: number;
  /** Seconds spent on indicators. */
  readonly indicatorSeconds: number;
  readonly warnings: readonly Warning[];
}

/** Where a comparison was made. Figures from different environments do not compare. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** Name and version of the runtime, and the execution provider that was used. */
  readonly runtime: string;
  readonly provider: string;
  readonly threads: number;
  readonly refrain: string;
  /** Load average over a minute at start and end; above the number of cores, times are not to be trusted. */
  readonly load: readonly [number, number];
}

/** What `refrain compare --json` writes. */
export interface Comparison {
  /** Version of this format. */
  readonly format: 1;
  readonly model: string;
  readonly steps: number;
  /** Scale of classifier-free guidance. */
  readonly guidance: number;
  /** Timestep shift of the flow-matching schedule. */
  readonly shift: number;
  readonly seed: number;
  /** How often each row was timed, each time next to a plain run. */
  readonly repeats: number;
  readonly environment: Environment;
  /** False when the run was stopped before all rows were done. */
  readonly complete: boolean;
  readonly rows: readonly ComparisonRow[];
}
