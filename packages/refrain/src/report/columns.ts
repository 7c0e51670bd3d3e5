import type { ComparisonRow } from '../compare/comparison.ts';
import { bytes, decibels, decimals, factor, html, type Insert, percent } from '@refrain/charts';
import { closeness } from './outcome.ts';
import { indicatorShare, type PolicySummary } from './summary.ts';

/** A column of figures in the table of results. */
export interface Column {
  readonly title: string;
  /** What it means, as a tooltip of its heading. */
  readonly about: string;
  /** The figure of a policy over its prompts. */
  readonly overall: (summary: PolicySummary) => Insert;
  /** The figure of one prompt. */
  readonly single: (row: ComparisonRow) => Insert;
  /** By what the table is sorted. */
  readonly order: (summary: PolicySummary) => number;
}

/** The columns of figures, left to right. */
export const columns: readonly Column[] = [
  column('Reuse', 'share of sites taken from the cache, mean', percent, (row) => row.reuseRate),
  column('Speed-up', 'plain time by cached time, median', factor, (row) => row.speedup),
  column('Ideal', 'speed-up if caching itself were free, median', factor, (row) => row.idealSpeedup),
  {
    title: 'PSNR',
    about: 'peak signal-to-noise ratio against the plain video, mean; higher is closer',
    overall: overallPsnr,
    single: ({ psnr }) => decibels(psnr),
    order: closeness,
  },
  column(
    'SSIM',
    'structural similarity with the plain video, mean',
    (value) => decimals(value, 4),
    (row) => row.ssim,
  ),
  column(
    'Max diff.',
    'largest absolute difference of any pixel, of at most 2',
    (value) => decimals(value, 3),
    (row) => row.maxAbsDiff,
  ),
  column('Held', 'most bytes that cache and references held at any time', bytes, (row) => row.bytesHeld),
  {
    title: 'Indicators',
    about: 'share of the cached time spent on indicators, median',
    overall: (summary) => percent(summary.indicatorShare),
    single: (row) => percent(indicatorShare(row)),
    order: (summary) => summary.indicatorShare,
  },
];

type Figure = 'reuseRate' | 'speedup' | 'idealSpeedup' | 'ssim' | 'maxAbsDiff' | 'bytesHeld';

function column(
  title: string,
  about: string,
  print: (value: number) => string,
  read: (figures: Readonly<Record<Figure, number>>) => number,
): Column {
  return {
    title,
    about,
    overall: (summary) => print(read(summary)),
    single: (row) => print(read(row)),
    order: read,
  };
}

function overallPsnr({ psnr, identical, rows }: PolicySummary): Insert {
  if (psnr === null || identical === 0) return decibels(psnr);
  return html`${decibels(psnr)}<small>${identical} of ${rows.length} identical</small>`;
}
