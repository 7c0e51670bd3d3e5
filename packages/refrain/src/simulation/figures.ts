import type { Granularity, Warning } from '@refrain/core';
import {
  bytes,
  decibels,
  factor,
  harmonicMean,
  largest,
  mean,
  median,
  percent,
  significant,
} from '@refrain/charts';

/** A figure of a simulated policy. */
export type FigureName =
  | 'reuseRate'
  | 'speedup'
  | 'drift'
  | 'bound'
  | 'predictedDrift'
  | 'bytesHeld'
  | 'measuredReuse'
  | 'measuredSpeedup'
  | 'measuredDrift'
  | 'measuredDriftL1'
  | 'psnr'
  | 'agreement';

/** Figures by name; null for what is not known. */
export type Figures = Readonly<Partial<Record<FigureName, number | null>>>;

/** How a figure is called, printed, and taken over several runs. */
export interface FigureKind {
  readonly title: string;
  /** What it means, as a tooltip of its heading. */
  readonly about: string;
  /** The prediction that is shown beside it. */
  readonly predictedBy?: FigureName;
  print(value: number): string;
  over(values: readonly number[]): number;
}

/** All figures that tables show. */
export const figureKinds: Readonly<Record<FigureName, FigureKind>> = {
  reuseRate: {
    title: 'Reuse',
    about: 'share of sites taken from the cache, mean',
    print: percent,
    over: mean,
  },
  speedup: {
    title: 'Speed-up',
    about: 'plain seconds by seconds, as the costs predict; over all runs together',
    print: factor,
    over: harmonicMean,
  },
  drift: {
    title: 'Drift',
    about: 'relative error of the finished latent, mean',
    print: significant,
    over: mean,
  },
  bound: {
    title: 'Bound',
    about: 'what the drift cannot exceed, from the constants of the model and the samples; mean',
    print: significant,
    over: mean,
  },
  predictedDrift: {
    title: 'Replayed',
    about: 'the drift that a replay of the plain run predicts, mean',
    print: significant,
    over: mean,
  },
  bytesHeld: {
    title: 'Held',
    about: 'most bytes that cache and references hold at any time',
    print: bytes,
    over: largest,
  },
  measuredReuse: {
    title: 'Reuse',
    about: 'share of sites taken from the cache, mean: as measured on the model, and as predicted',
    predictedBy: 'reuseRate',
    print: percent,
    over: mean,
  },
  measuredSpeedup: {
    title: 'Speed-up',
    about: 'plain time by cached time, median: as measured on the model, and as predicted',
    predictedBy: 'speedup',
    print: factor,
    over: median,
  },
  measuredDrift: {
    title: 'Drift',
    about:
      'relative difference of the finished latents (L2), mean: as measured on the model, and as predicted',
    predictedBy: 'drift',
    print: significant,
    over: mean,
  },
  measuredDriftL1: {
    title: 'Drift, L1',
    about: 'relative L1 difference of the finished latents on the model, mean',
    print: significant,
    over: mean,
  },
  agreement: {
    title: 'Decisions alike',
    about: 'share of steps and branches at which the confirming run did what was predicted, mean',
    print: percent,
    over: mean,
  },
  psnr: {
    title: 'PSNR',
    about: 'peak signal-to-noise ratio against the plain video, mean; higher is closer',
    print: decibels,
    over: mean,
  },
};

/** A policy in one run: on one recording, or from one noise. */
export interface FigureRow {
  readonly policy: string;
  readonly granularity: Granularity;
  /** The recording or run. */
  readonly subject: string;
  readonly figures: Figures;
  readonly mask: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
}

/** A policy over all runs. */
export interface FigureSummary {
  readonly policy: string;
  readonly granularity: Granularity;
  readonly rows: readonly FigureRow[];
  readonly figures: Figures;
}

/**
 * Gathers rows by policy, in the order of first appearance. What is not known of one run is not known over all.
 *
 * @param rows - of all policies and runs
 */
export function summariseFigures(rows: readonly FigureRow[]): readonly FigureSummary[] {
  const byPolicy = new Map<string, [FigureRow, ...FigureRow[]]>();
  for (const row of rows) {
    const own = byPolicy.get(row.policy);
    if (own) own.push(row);
    else byPolicy.set(row.policy, [row]);
  }
  return [...byPolicy.values()].map((own) => {
    const [{ policy, granularity, figures }] = own;
    const names = Object.keys(figures) as FigureName[];
    return {
      policy,
      granularity,
      rows: own,
      figures: Object.fromEntries(names.map((name) => [name, overAll(name, own)])),
    };
  });
}

function overAll(name: FigureName, rows: readonly FigureRow[]): number | null {
  const values = rows.flatMap(({ figures }) => figures[name] ?? []);
  // Identical videos have no PSNR.
  if (name === 'psnr' && values.length > 0) return figureKinds.psnr.over(values);
  return values.length < rows.length ? null : figureKinds[name].over(values);
}

/**
 * A figure as text.
 *
 * @param figures - of a row or a summary
 */
export function figureText(name: FigureName, figures: Figures): string {
  const value = figures[name] ?? null;
  if (name === 'psnr') return value === null ? 'identical' : decibels(value);
  return value === null ? 'unknown' : figureKinds[name].print(value);
}
