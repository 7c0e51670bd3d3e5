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
    smooth: [0.08, 0.12].map((threshold) => smoothcache(smoothcacheFrom(report, threshold)).id),
  };
}

/** All families that are searched. */
export function families({ ratios, smooth }: Calibrated): readonly Family[] {
  const threshold = (template: string, low: number, high: number): Family => ({ template, low, high });
  const fixed = (template: string): Family => ({ template, low: 1, high: 1 });
  const forecast = (family: Family, order: number): Family => ({
    ...family,
    template: `forecast(${family.template},order=${order})`,
  });
  const teacache = threshold('teacache(threshold={},stride=61)', 0.06, 0.2);
  const released = [1, 2].map((interval) =>
    threshold(`bwcache(threshold={},interval=${interval},stride=61)`, 0.04, 0.4),
  );
  const paper = [2, 3].map((interval) =>
    threshold(`bwcache(threshold={},interval=${interval},form=paper,stride=61)`, 0.04, 0.3),
  );
  const beyond = [
    threshold('bwcache(threshold={},interval=2,select=blocks,stride=61)', 0.04, 0.4),
    threshold('bwcache(threshold={},interval=2,rearm=yes,stride=61)', 0.04, 0.4),
    threshold('bwcache(threshold={},interval=2,stop=2,stride=61)', 0.04, 0.4),
  ];
  const calibratedRatios = threshold(`magcache(threshold={},ratios=${ratios})`, 0.05, 0.3);
  const firstBlock = threshold('fbcache(threshold={},stride=61)', 0.06, 0.2);
  const guidance = 'cfgcache(start=30%,interval=3,lowWeight=1,highWeight=1)';
  return [
    ...released.slice(1),
    ...paper,
    ...beyond,
    forecast(teacache, 1),
    teacache,
    forecast(firstBlock, 1),
    forecast(firstBlock, 2),
    firstBlock,
    ...paper.map((family) => forecast(family, 1)),
    calibratedRatios,
    forecast(calibratedRatios, 1),
    threshold('forecast(dbcache(front=2,back=0,warmUp=4,threshold={},stride=61),order=1)', 0.06, 0.2),
    threshold('dbprune(front=1,back=1,warmUp=4,threshold={},stride=61)', 0.06, 0.2),
    threshold('dicache(threshold={})', 0.1, 0.4),
    fixed('adacache(codebook=slow)'),
    fixed('taylorseer(interval=3,order=2)'),
    fixed('forecast(fora(interval=2,cache=stack),order=1)'),
    fixed('forecast(limit(fora(interval=3,cache=stack),maxReuse=16),order=1)'),
    fixed('forecast(within(fora(interval=3,cache=stack),from=0.15),order=1)'),
    ...smooth.map(fixed),
    threshold(`firstOf(${guidance},forecast(teacache(threshold={},stride=61),order=1))`, 0.02, 0.1),
  ];
}
