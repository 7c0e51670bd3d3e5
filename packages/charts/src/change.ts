import { mean, quantile } from './statistics.ts';
import type { HeatMap } from './data.ts';

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
 * The change below which a share of the blocks lies, by step.
 *
 * @param heat - of one prompt
 * @param steps - of the run
 * @param share - 0.25 for the lower quartile, 0.75 for the upper
 */
export function outputQuantile(heat: HeatMap, steps: number, share: number): Series {
  return Array.from({ length: steps }, (_, step) =>
    usable(
      quantile(
        heat.values.flatMap((row) => row[step] ?? []),
        share,
      ),
    ),
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
