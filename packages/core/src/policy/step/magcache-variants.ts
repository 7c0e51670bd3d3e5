import { roundHalfEven } from './round-half-even.ts';

/** Whose MagCache: the rule of one of the authors' scripts, or of diffusers. */
export type MagCacheVariant = 'wan' | 'flux' | 'hunyuan' | 'omnigen2' | 'framepack' | 'diffusers';

/** What differs between the scripts. */
export interface MagCacheRule {
  /**
   * How many steps at the start are computed.
   *
   * @param share - the retention ratio
   * @param steps - of the run
   * @param branch - index of the branch
   * @param branches - how many there are
   */
  readonly retained: (share: number, steps: number, branch: number, branches: number) => number;
  /** Whether a sum of errors still allows reuse. */
  readonly allows: (error: number, threshold: number) => boolean;
  /** Rounds each product and sum: accumulators are float64, or float32. */
  readonly round: (value: number) => number;
  /** Whether a step is computed whatever the ratios: a script's own exception, in words. */
  readonly exception: (step: number, steps: number, ratio: number) => string | undefined;
}

const hunyuan: MagCacheRule = {
  retained: (share, steps) => Math.trunc(share * steps),
  allows: (error, threshold) => error <= threshold,
  round: (value) => value,
  exception: () => undefined,
};

/** FLUX is computed at the 12th step of its grid of 28, wherever that lies in the run. */
const GRID = 28;
const KEPT = 11;

/** FramePack skips no single step whose ratio is further from 1 than this. */
const FURTHEST = 0.06;

/**
 * The rule of each script. Retention counts steps; Wan's counts calls, of which each branch makes one a step.
 *
 * - `wan`: ⌊r · calls⌋, error < E. Also Qwen-Image (whose accumulators leak into the next image, which is not copied).
 * - `flux`: ⌊r · steps + ½⌋, error ≤ E, and step 11 on the grid of 28 is computed. Also FLUX.1-Kontext.
 * - `hunyuan`: ⌊r · steps⌋, error ≤ E.
 * - `omnigen2`: ⌈r · steps⌉, error ≤ E; its counter of reused steps starts full, so one more step is computed.
 * - `framepack`: as `hunyuan`, and a step whose own ratio is off by more than 0.06 is computed.
 * - `diffusers` (huggingface/diffusers, commit 58eb52c0): as `flux` without its exception, everything in float32.
 */
export const magcacheRules: Readonly<Record<MagCacheVariant, MagCacheRule>> = {
  wan: {
    ...hunyuan,
    retained: (share, steps, branch, branches) =>
      Math.ceil((Math.trunc(branches * steps * share) - branch) / branches),
    allows: (error, threshold) => error < threshold,
  },
  flux: {
    ...hunyuan,
    retained: (share, steps) => Math.trunc(share * steps + 0.5),
    exception: (step, steps) =>
      roundHalfEven(step * ((GRID - 1) / (steps - 1))) === KEPT
        ? `step ${KEPT} of FLUX's grid of ${GRID} is computed`
        : undefined,
  },
  hunyuan,
  omnigen2: { ...hunyuan, retained: (share, steps) => Math.ceil(share * steps) + 1 },
  framepack: {
    ...hunyuan,
    exception: (_, __, ratio) =>
      Math.abs(1 - ratio) <= FURTHEST ? undefined : `ratio ${ratio} is further from 1 than ${FURTHEST}`,
  },
  diffusers: {
    ...hunyuan,
    retained: (share, steps) => Math.trunc(share * steps + 0.5),
    allows: (error, threshold) => error <= Math.fround(threshold),
    round: Math.fround,
  },
};

/**
 * A list of ratios for another number of steps: the nearest one, halves to even.
 *
 *     ratio(s) = list[round(s · (S − 1) / (T − 1))];   T = 1: the last one
 *
 * @param ratios - S of them
 * @param steps - T
 * @param round - of the rule: diffusers computes the index in float32
 */
export function interpolateRatios(
  ratios: readonly number[],
  steps: number,
  round: MagCacheRule['round'],
): readonly number[] {
  if (ratios.length === steps || ratios.length === 0) return ratios;
  if (steps === 1) return ratios.slice(-1);
  const scale = round((ratios.length - 1) / (steps - 1));
  return Array.from({ length: steps }, (_, step) => ratios[roundHalfEven(round(step * scale))] ?? 1);
}
