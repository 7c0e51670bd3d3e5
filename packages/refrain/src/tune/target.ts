import type { DriftJudgement, TuneTarget } from '@refrain/sim';
import { formatBytes } from '../cli/text-table.ts';
import { largest, mean, median } from '@refrain/charts';
import type { ConfirmedRow } from './confirm.ts';

/** What was measured of a policy over all prompts. */
export interface Measured {
  /** Median. */
  readonly speedup: number;
  /** Mean. */
  readonly reuseRate: number;
  /** Relative L2 difference of the finished latents, by which targets are judged: mean, or of the worst prompt. */
  readonly driftL2: number;
  /** The same, L1. */
  readonly driftL1: number;
  /** Mean over the videos that differ; null when none does. */
  readonly psnr: number | null;
  readonly ssim: number;
  /** Largest. */
  readonly bytesHeld: number;
}

/** Times of one run vary by about this share, so that a speed-up cannot be told from one so near. */
const TIMING_NOISE = 0.03;

/** Sums up what was measured of one policy. */
export function measuredOf(rows: readonly ConfirmedRow[], judgement: DriftJudgement): Measured {
  const overDrifts = judgement === 'worst' ? largest : mean;
  const different = rows.flatMap(({ psnr }) => psnr ?? []);
  return {
    speedup: median(rows.map(({ speedup }) => speedup)),
    reuseRate: mean(rows.map(({ reuseRate }) => reuseRate)),
    driftL1: overDrifts(rows.map(({ driftL1 }) => driftL1)),
    driftL2: overDrifts(rows.map(({ driftL2 }) => driftL2)),
    psnr: different.length === 0 ? null : mean(different),
    ssim: mean(rows.map(({ ssim }) => ssim)),
    bytesHeld: largest(rows.map(({ bytesHeld }) => bytesHeld)),
  };
}

/** By how much a measured policy misses a target, as a share of it; 0 if it reaches it, as far as timing can tell. */
export function missOf({ speedup, driftL2, bytesHeld }: Measured, target: TuneTarget): number {
  const wanted = target.speedup === undefined ? 0 : target.speedup * (1 - TIMING_NOISE);
  return Math.max(
    0,
    target.speedup === undefined ? 0 : (wanted - speedup) / target.speedup,
    target.drift === undefined ? 0 : (driftL2 - target.drift) / target.drift,
    target.bytes === undefined ? 0 : (bytesHeld - target.bytes) / target.bytes,
  );
}

/** Negative if the first is the better choice: it misses the target by less, else it drifts less or is faster. */
export function compareMeasured(a: Measured, b: Measured, target: TuneTarget): number {
  const miss = missOf(a, target) - missOf(b, target);
  if (miss !== 0) return miss;
  return target.speedup === undefined ? b.speedup - a.speedup : a.driftL2 - b.driftL2;
}

/** A target in words. */
export function describeTarget({ speedup, drift, bytes }: TuneTarget): string {
  const parts = [
    speedup !== undefined && `a speed-up of ${speedup}×`,
    drift !== undefined && `a drift of at most ${drift}`,
    bytes !== undefined && `at most ${formatBytes(bytes)} held`,
  ];
  return parts.filter((part) => part !== false).join(' and ');
}
