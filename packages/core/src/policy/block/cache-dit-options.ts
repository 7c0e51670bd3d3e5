import { choiceOption, integerOption, numberOption, textOption, type OptionSpecs } from '../options.ts';

/** Options that {@link dbcache} and {@link dbprune} have in common, with cache-dit's names in brackets. */
export interface CacheDitOptions {
  /** Reuse while the relative change is below this; from 1 on, always (`residual_diff_threshold`). */
  readonly threshold: number;
  /** F: blocks at the front that are computed in every step (`Fn_compute_blocks`). */
  readonly front: number;
  /** B: blocks at the back that are computed in every step (`Bn_compute_blocks`). */
  readonly back: number;
  /** W: the window of steps at the beginning in which every n-th is computed (`max_warmup_steps`). */
  readonly warmUp: number;
  /** n (`warmup_interval`). */
  readonly warmUpInterval: number;
  /** At most this many steps are reused in all; −1: any number (`max_cached_steps`). */
  readonly maxCached: number;
  /** MC: at most this many steps are reused in a row; −1: any number (`max_continuous_cached_steps`). */
  readonly maxContinuous: number;
  /** One digit a step, or a preset of {@link stepMask}: 1 computes (`steps_computation_mask`). Empty: no mask. */
  readonly mask: string;
  /** What a 0 of the mask means: reuse without a look, or reuse if the indicator allows it (`steps_computation_policy`). */
  readonly maskPolicy: 'static' | 'dynamic';
  /** Sketch of the indicator: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

/** How the common options are read; defaults are cache-dit's. */
export const cacheDitOptions: OptionSpecs<CacheDitOptions> = {
  threshold: numberOption('reuse while the relative change is below this', 0.08, { min: 0, quoted: true }),
  front: integerOption('blocks at the front that are always computed', 8, { min: 1, quoted: true }),
  back: integerOption('blocks at the back that are always computed', 0, { min: 0, quoted: true }),
  warmUp: integerOption('window of steps at the beginning that are computed', 8, { min: 0, quoted: true }),
  warmUpInterval: integerOption('compute every n-th step of the warm-up', 1, { min: 1 }),
  maxCached: integerOption('most steps reused in all, -1 for any number', -1, { min: -1 }),
  maxContinuous: integerOption('most steps reused in a row, -1 for any number', -1, { min: -1 }),
  mask: textOption(
    'steps to compute: digits, or a preset',
    '',
    /^(?:|slow|medium|fast|ultra|[01]+)$/,
    'a text of 0 and 1, one of slow, medium, fast, ultra, or nothing',
  ),
  maskPolicy: choiceOption('what a 0 of the mask means', ['dynamic', 'static'], 'dynamic'),
  stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
};
