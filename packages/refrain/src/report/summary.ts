import type { Granularity } from '@refrain/core';
import type { Comparison, ComparisonRow } from '../compare/comparison.ts';
import { largest, mean, median } from '@refrain/charts';

/** A warning of a policy, and how many of its prompts gave it. */
export interface SummaryWarning {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly prompts: number;
}

/** One policy over all its prompts. Figures that nobody measured are NaN. */
export interface PolicySummary {
  readonly policy: string;
  readonly granularity: Granularity;
  readonly rows: readonly ComparisonRow[];
  /** Mean. */
  readonly reuseRate: number;
  /** Median. */
  readonly speedup: number;
  /** Median. */
  readonly idealSpeedup: number;
  /** Mean over the prompts that differ from the plain video; null when none does. */
  readonly psnr: number | null;
  /** On how many prompts the video is identical with the plain one. */
  readonly identical: number;
  /** Mean. */
  readonly ssim: number;
  /** Largest. */
  readonly maxAbsDiff: number;
  /** Largest. */
  readonly bytesHeld: number;
  /** Median share of the cached time that went into indicators. */
  readonly indicatorShare: number;
  readonly warnings: readonly SummaryWarning[];
}

/**
 * Gathers the rows of a comparison by policy, in the order of first appearance.
 *
 * @param comparison - as measured
 */
export function summarise(comparison: Pick<Comparison, 'rows'>): readonly PolicySummary[] {
  const byPolicy = new Map<string, ComparisonRow[]>();
  for (const row of comparison.rows) {
    const rows = byPolicy.get(row.policy);
    if (rows) rows.push(row);
    else byPolicy.set(row.policy, [row]);
  }
  return [...byPolicy].flatMap(([policy, rows]) => {
    const [first] = rows;
    return first
      ? [{ policy, granularity: first.granularity, rows, ...figures(rows), warnings: gathered(rows) }]
      : [];
  });
}

/** Seconds on indicators as a share of the seconds of the cached generation. */
export function indicatorShare({ indicatorSeconds, seconds }: ComparisonRow): number {
  return indicatorSeconds / seconds;
}

type Figures = Omit<PolicySummary, 'policy' | 'granularity' | 'rows' | 'warnings'>;

function figures(rows: readonly ComparisonRow[]): Figures {
  const different = rows.flatMap(({ psnr }) => (psnr === null ? [] : [psnr]));
  return {
    reuseRate: mean(rows.map((row) => row.reuseRate)),
    speedup: median(rows.map((row) => row.speedup)),
    idealSpeedup: median(rows.map((row) => row.idealSpeedup)),
    psnr: different.length === 0 ? null : mean(different),
    identical: rows.length - different.length,
    ssim: mean(rows.map((row) => row.ssim)),
    maxAbsDiff: largest(rows.map((row) => row.maxAbsDiff)),
    bytesHeld: largest(rows.map((row) => row.bytesHeld)),
    indicatorShare: median(rows.map(indicatorShare)),
  };
}

/** Warnings with the same text become one. */
function gathered(rows: readonly ComparisonRow[]): readonly SummaryWarning[] {
  const known = new Map<string, SummaryWarning>();
  for (const { code, message, count } of rows.flatMap((row) => row.warnings)) {
    const key = `${code}\n${message}`;
    const before = known.get(key) ?? { code, message, count: 0, prompts: 0 };
    known.set(key, { ...before, count: before.count + count, prompts: before.prompts + 1 });
  }
  return [...known.values()];
}
