import type { IntervalLatency } from './fit-trigger.ts';

/** Reuse rate at one threshold. */
export interface ThresholdReuse {
  /** δ. */
  readonly threshold: number;
  /** Share of the steps that were reused, as published. */
  readonly reuseRate: number;
}

/** Published ablations of BWCache, on one model. */
export interface PublishedAblation {
  /** T. */
  readonly steps: number;
  /** Seconds without caching. */
  readonly plain: number;
  /** Latency by interval R, at δ = 0.15. */
  readonly intervals: readonly IntervalLatency[];
  /** Reuse rate by threshold δ, at R = 3. */
  readonly thresholds: readonly ThresholdReuse[];
  /** What the indicators are said to cost, as shares of the inference time: least and most. */
  readonly indicatorShare: readonly [number, number];
  readonly source: string;
}

/**
 * Ablations of BWCache on Open-Sora 1.2 (51 frames 480P, A800). The paper gives R as 5, 10, 20 and 25 % of 30 steps; rounded
 * down, as the latencies ask for, that is 1, 3, 6 and 7.
 */
export const openSoraAblation: PublishedAblation = {
  steps: 30,
  plain: 44.56,
  intervals: [
    { interval: 1, seconds: 34.7 },
    { interval: 3, seconds: 27.68 },
    { interval: 6, seconds: 25.97 },
    { interval: 7, seconds: 25.76 },
  ],
  thresholds: [
    { threshold: 0.15, reuseRate: 0.4138 },
    { threshold: 0.2, reuseRate: 0.5305 },
    { threshold: 0.25, reuseRate: 0.59 },
  ],
  indicatorShare: [0.106, 0.225],
  source: 'BWCache (arXiv 2509.13789 v3), tables 4, 5 and 13, as quoted by public notes',
};
