import { mean } from './statistics.ts';
import type { HeatMap } from './report-data.ts';

/** Values by step; null where there is none. */
export type Series = readonly (number | null)[];

/**
 * Mean over the blocks of how much their outputs changed, by step.
 *
 * @param heat - of one prompt
 * @param steps - of the run; a shorter recording is filled up with nulls
 */
export function outputMean(heat: HeatMap, steps: number): Series {
  return Array.from({ length: steps }, (_, step) =>
    usable(mean(heat.values.flatMap((row) => row[step] ?? []))),
  );
}

/**
 * Mean over the blocks of how much their modulated inputs changed, by step.
 *
 * @param heat - of one prompt
 * @param steps - of the run
 */
export function modulatedMean(heat: HeatMap, steps: number): Series {
  return Array.from({ length: steps }, (_, step) => usable(heat.modulatedMean[step]));
}

/** The value if it is a finite number, else null. */
export function usable(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
