import {
  magcache,
  magnitudeRatios,
  smoothcache,
  smoothcacheFrom,
  type RunReport,
  type SmoothCacheOptions,
} from '@refrain/core';

/** How the constants of a policy are found on a model. */
export interface CalibrationMethod {
  /** One sentence for help texts. */
  readonly about: string;
  /** Id of the policy under which every prompt is generated: it computes everything and measures. */
  readonly measuring: string;
  /** The threshold when none is given: the source's. */
  readonly threshold: number;
  /** Id of the calibrated policy, from one report for each prompt. */
  calibrated(reports: readonly RunReport[], threshold: number): string;
}

/** The policies that can be calibrated. */
export const calibrationMethods: Readonly<Record<string, CalibrationMethod>> = {
  magcache: {
    about: 'ratios of the residual, averaged over prompts',
    measuring: 'magnitudes',
    threshold: 0.12,
    calibrated: (reports, threshold) =>
      magcache({ ratios: meanRatios(reports.map(magnitudeRatios)), threshold }).id,
  },
  smoothcache: {
    about: 'schedules of modules that no prompt contradicts',
    measuring: 'smoothcache-calibration',
    threshold: 0.1,
    calibrated: (reports, threshold) =>
      smoothcache(strictest(reports.map((report) => smoothcacheFrom(report, threshold)))).id,
  },
};

/** The mean of each ratio over prompts, rounded to five decimals. */
function meanRatios(all: readonly (readonly (readonly number[])[])[]): readonly (readonly number[])[] {
  const [first = []] = all;
  return first.map((list, branch) =>
    list.map((_, step) => {
      const sum = all.reduce((total, lists) => total + (lists[branch]?.[step] ?? Number.NaN), 0);
      return Number((sum / all.length).toFixed(5));
    }),
  );
}

/** A step is reused only where the schedules of all prompts reuse it. */
function strictest(all: readonly Partial<SmoothCacheOptions>[]): Partial<SmoothCacheOptions> {
  const [first = {}] = all;
  const kinds = Object.keys(first) as (keyof SmoothCacheOptions)[];
  return Object.fromEntries(
    kinds.map((kind) => {
      const schedules = all.map((options) => options[kind] ?? '');
      const digits = Array.from(schedules[0] ?? '', (_, step) =>
        schedules.every((schedule) => schedule[step] === '0') ? '0' : '1',
      );
      return [kind, digits.join('')];
    }),
  );
}
