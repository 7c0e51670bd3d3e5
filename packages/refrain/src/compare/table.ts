import pc from 'picocolors';
import type { ComparisonRow } from './comparison.ts';
import { summarise, type PolicySummary } from '../report/summary.ts';

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
  const lines = [HEADINGS, ...summarise({ rows }).map(cells)];
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
    shortened(line.policy),
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

/** An id whose long option values, such as lists of ratios, are cut: a table is read, `comparison.json` has it whole. */
function shortened(policy: string): string {
  return policy.replace(/=([^,()]{20})[^,()]{8,}/g, '=$1…');
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
