import { magcache, magnitudeRatios, smoothcache, smoothcacheFrom } from '@refrain/core';
import type { Trial } from './trial.ts';

/** Settings with one number left open, which stands for `{}`. A larger number means more reuse. */
export interface Family {
  readonly template: string;
  readonly low: number;
  readonly high: number;
  /** Whole numbers only. */
  readonly whole?: true;
}

/** What has to be measured on the model before its policies can be named. */
export interface Calibrated {
  /** The text of MagCache's ratios. */
  readonly ratios: string;
  /** Ids of SmoothCache for several thresholds. */
  readonly smooth: readonly string[];
}

/** Measures ratios and schedules on the first prompt of a trial. */
export async function calibrated(trial: Trial): Promise<Calibrated> {
  const ratios = magnitudeRatios(await trial.report('magnitudes'));
  const id = magcache({ ratios }).id;
  const report = await trial.report('smoothcache-calibration');
  return {
    ratios: /ratios=([^,)]+)/.exec(id)?.[1] ?? '',
    smooth: [0.05, 0.08, 0.12, 0.18, 0.25].map(
      (threshold) => smoothcache(smoothcacheFrom(report, threshold)).id,
    ),
  };
}

/** All families that are searched. */
export function families({ ratios, smooth }: Calibrated): readonly Family[] {
  const threshold = (template: string, low: number, high: number): Family => ({ template, low, high });
  const fixed = (template: string): Family => ({ template, low: 1, high: 1 });
  const forecasts = (policy: Family): readonly Family[] =>
    [1, 2].map((order) => ({ ...policy, template: `forecast(${policy.template},order=${order})` }));
  const teacache = threshold('teacache(threshold={},stride=61)', 0.03, 0.3);
  const released = [1, 2, 3].map((interval) =>
    threshold(`bwcache(threshold={},interval=${interval},stride=61)`, 0.03, 0.4),
  );
  const paper = [1, 2, 3].map((interval) =>
    threshold(`bwcache(threshold={},interval=${interval},form=paper,stride=61)`, 0.02, 0.4),
  );
  const magcache = threshold(`magcache(threshold={},ratios=${ratios})`, 0.01, 0.5);
  const easycache = threshold('easycache(threshold={})', 0.005, 0.5);
  const firstBlock = threshold('fbcache(threshold={},stride=61)', 0.02, 0.4);
  const guidance = 'cfgcache(start=20%,interval=5,lowWeight=1,highWeight=1)';
  return [
    ...released,
    ...paper,
    teacache,
    ...forecasts(teacache),
    magcache,
    ...forecasts(magcache),
    easycache,
    threshold('easycache(threshold={},variant=wan)', 0.005, 0.5),
    firstBlock,
    ...forecasts(firstBlock),
    threshold('dbcache(front=2,back=0,warmUp=4,threshold={},stride=61)', 0.02, 0.5),
    threshold('dicache(threshold={})', 0.02, 1),
    ...[12, 15, 18].map((gate) => fixed(`tgate(gate=${gate})`)),
    fixed('fastercache(start=20%,interval=2)'),
    fixed('fora(interval=2)'),
    fixed('taylorseer(interval=2,order=1)'),
    fixed('taylorseer(interval=2,order=2)'),
    fixed('taylorseer(interval=3,order=1)'),
    ...smooth.map(fixed),
    threshold(`firstOf(${guidance},teacache(threshold={},stride=61))`, 0.01, 0.3),
    threshold(`firstOf(${guidance},forecast(teacache(threshold={},stride=61),order=1))`, 0.01, 0.3),
    ...released.map((family) => ({ ...family, template: `firstOf(${guidance},${family.template})` })),
  ];
}
