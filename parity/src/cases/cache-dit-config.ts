import { choice, count, flag, integer, mask, number, optional, text } from '../fields.ts';
import { CaseError, type Values } from '../read.ts';

/** The keys of cache-dit's configuration that both of its methods have, with its defaults. */
export const cacheDitConfig = {
  cache_type: text(''),
  Fn_compute_blocks: integer(8),
  Bn_compute_blocks: integer(0),
  residual_diff_threshold: number(0.08),
  max_warmup_steps: integer(8),
  warmup_interval: integer(1),
  max_cached_steps: integer(-1),
  max_continuous_cached_steps: integer(-1),
  enable_separate_cfg: flag(false),
  cfg_compute_first: flag(false),
  cfg_diff_compute_separate: flag(true),
  num_inference_steps: optional(count()),
  steps_computation_mask: optional(mask()),
  steps_computation_policy: choice(['dynamic', 'static'], 'dynamic'),
  max_accumulated_residual_diff_threshold: number(0),
  force_refresh_step_hint: optional(count()),
  force_refresh_step_policy: choice(['once', 'repeat'], 'once'),
  calibrator: text(''),
  gens: count(1),
};

/** What both methods are told. */
export interface CommonOptions {
  readonly threshold: number;
  readonly front: number;
  readonly back: number;
  readonly warmUp: number;
  readonly warmUpInterval: number;
  readonly maxCached: number;
  readonly maxContinuous: number;
  readonly mask: string;
  readonly maskPolicy: 'static' | 'dynamic';
}

/** cache-dit's keys as the options of our policies. Any negative limit means none. */
export function commonOptions(config: Values<typeof cacheDitConfig>): CommonOptions {
  if (config.enable_separate_cfg && config.cfg_compute_first && config.cfg_diff_compute_separate)
    throw new CaseError('config: cfg_compute_first excludes cfg_diff_compute_separate, in the source too');
  return {
    threshold: Math.max(0, config.residual_diff_threshold),
    front: config.Fn_compute_blocks,
    back: config.Bn_compute_blocks,
    warmUp: Math.max(0, config.max_warmup_steps),
    warmUpInterval: config.warmup_interval,
    maxCached: Math.max(-1, config.max_cached_steps),
    maxContinuous: Math.max(-1, config.max_continuous_cached_steps),
    mask: config.steps_computation_mask ?? '',
    maskPolicy: config.steps_computation_policy,
  };
}

/** The branches of a case in the order of its calls: one call a step, or one for each of them. */
export function branchesOf(config: Values<typeof cacheDitConfig>): readonly string[] {
  if (!config.enable_separate_cfg) return ['conditional'];
  return config.cfg_compute_first ? ['unconditional', 'conditional'] : ['conditional', 'unconditional'];
}

/**
 * The calls of each of cache-dit's contexts, of which one begins one call after the steps of a generation are over, or after
 * the calls of a forced refresh.
 *
 * @param total - calls of all generations
 */
export function contextsOf(config: Values<typeof cacheDitConfig>, total: number): readonly number[] {
  const { num_inference_steps: steps, force_refresh_step_hint: hint } = config;
  const generation = steps === null ? Infinity : (config.enable_separate_cfg ? 2 : 1) * steps + 1;
  const contexts: number[] = [];
  let pending = hint;
  for (let begun = 0; begun < total; begun += contexts.at(-1) ?? total) {
    const forced = pending !== null && pending < generation;
    contexts.push(Math.min(forced ? (pending ?? 0) : generation, total - begun));
    pending = forced && config.force_refresh_step_policy === 'once' ? null : hint;
  }
  return contexts;
}
