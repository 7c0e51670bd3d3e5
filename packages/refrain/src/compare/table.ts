import pc from 'picocolors';
import type { ComparisonRow } from './comparison.ts';
import { median } from './median.ts';

/** One line of the table: a policy over all prompts. */
export interface PolicySummary {
  readonly policy: string;
  readonly granularity: string;
  readonly reuseRate: number;
  readonly speedup: number;
  readonly idealSpeedup: number;
  /** Mean over the prompts whose video changed; null if none did. */
  readonly psnr: number | null;
  readonly ssim: number;
  readonly maxAbsDiff: number;
  readonly bytesHeld: number;
  /** Share of the cached generation that went into indicators. */
  readonly indicatorShare: number;
}

/** Sums rows up by policy: medians of ratios, means of qualities, the largest of differences and bytes. */
function summarise(rows: readonly ComparisonRow[]): readonly PolicySummary[] {
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  return policies.map((policy) => {
    const own = rows.filter((row) => row.policy === policy);
    const decibels = own.flatMap(({ psnr }) => (psnr === null ? [] : [psnr]));
    return {
      policy,
      granularity: own[0]?.granularity ?? '',
      reuseRate: mean(own.map(({ reuseRate }) => reuseRate)),
      speedup: median(own.map(({ speedup }) => speedup)),
      idealSpeedup: median(own.map(({ idealSpeedup }) => idealSpeedup)),
      psnr: decibels.length === 0 ? null : mean(decibels),
      ssim: mean(own.map(({ ssim }) => ssim)),
      maxAbsDiff: Math.max(...own.map(({ maxAbsDiff }) => maxAbsDiff)),
      bytesHeld: Math.max(...own.map(({ bytesHeld }) => bytesHeld)),
      indicatorShare: median(own.map(({ indicatorSeconds, seconds }) => indicatorSeconds / seconds)),
    };
  });
}

const HEADINGS = [
  'policy',
  'level',
  'reuse',
  'speed-up',
  'ideal',
  'PSNR',
  'SSIM',
  'max diff',
  'held',
  'indicator',
];

/** The table of a comparison as text, one line a policy. */
export function renderTable(rows: readonly ComparisonRow[]): string {
  const lines = [HEADINGS, ...summarise(rows).map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line, index) => {
      const text = line
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ');
      return index === 0 ? pc.bold(text) : text;
    })
    .join('\n');
}

function cells(line: PolicySummary): readonly string[] {
  return [
    line.policy,
    line.granularity,
    `${(line.reuseRate * 100).toFixed(1)} %`,
    `${line.speedup.toFixed(2)}×`,
    `${line.idealSpeedup.toFixed(2)}×`,
    line.psnr === null ? 'identical' : `${line.psnr.toFixed(2)} dB`,
    line.ssim.toFixed(4),
    line.maxAbsDiff === 0 ? '0' : line.maxAbsDiff.toFixed(3),
    formatBytes(line.bytesHeld),
    `${(line.indicatorShare * 100).toFixed(2)} %`,
  ];
}

/** Bytes with a unit that keeps the number short. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
