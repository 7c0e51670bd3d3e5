import { formatBytes, shortened, textTable } from '../cli/text-table.ts';
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
  return textTable(HEADINGS, summarise({ rows }).map(cells), 2);
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
