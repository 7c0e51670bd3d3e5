import { dbcache, type Policy } from '@refrain/core';
import { sameMask, sameNumbers } from '../compare.ts';
import { gaps, mask, number, numbers, optional } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import type { Values } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';
import { branchesOf, cacheDitConfig, commonOptions, contextsOf } from './cache-dit-config.ts';
import { calibrated } from './calibrators.ts';

/** Blocks of cache-dit's toy model. */
const BLOCKS = 4;

/** DBCache in cache-dit's transformer-only mode: generations follow one another in one run. */
export const dbcacheCases: CaseKind = {
  name: 'cache-dit DBCache',
  source: 'vipshop/cache-dit f86744af',
  recognises: ({ config, fields }) => !hasAny(fields, 'blocks') && isDbcache(config),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: { ...cacheDitConfig, l1_hidden_states_diff_threshold: optional(number()) },
      fields: { s: numbers(), compute: mask(), out: gaps() },
    });
    const branches = branchesOf(config);
    const series = Array.from({ length: config.gens }, () => fields.s).flat();
    const apart = needsRuns(config, series.length);
    const policy = calibrated(config.calibrator, policyOf(config, apart));
    const toy = addingBlocks(BLOCKS, series);
    const timesteps = Math.ceil(series.length / branches.length);
    const contexts = apart ? { generations: contextsOf(config, series.length) } : {};
    const calls = await runCalls(policy, toy, { timesteps, branches, calls: series.length, ...contexts });
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...sameNumbers('out', fields.out, calls.out),
      ],
    };
  },
};

type Config = Values<typeof cacheDitConfig> & { readonly l1_hidden_states_diff_threshold: number | null };

/** The policy for a case; refreshes are left out where each context gets a run of its own. */
function policyOf(config: Config, apart: boolean): Policy {
  const { enable_separate_cfg, cfg_diff_compute_separate, cfg_compute_first, num_inference_steps } = config;
  // The unconditional call can follow the other only when it comes second.
  const shared = enable_separate_cfg && !cfg_diff_compute_separate && !cfg_compute_first;
  const refresh = (config.force_refresh_step_hint ?? 0) / (enable_separate_cfg ? 2 : 1);
  // Given at all, it takes the place of the other threshold.
  const ofStream = config.l1_hidden_states_diff_threshold;
  return dbcache({
    ...commonOptions(config),
    ...(ofStream !== null && { threshold: Math.max(0, ofStream) }),
    indicator: (ofStream ?? 0) > 0 ? 'hidden-states' : 'residual',
    maxAccumulated: Math.max(0, config.max_accumulated_residual_diff_threshold),
    cfg: shared ? 'shared' : 'separate',
    refresh: apart ? 0 : refresh,
    refreshPolicy: config.force_refresh_step_policy,
    generation: apart ? 0 : (num_inference_steps ?? 0),
    variant: 'cache-dit',
  });
}

/**
 * Whether each context needs a run of its own. With two calls a step, a context that is noticed to be over one call late,
 * or is refreshed after an odd number of calls, swaps the roles of the calls in those that follow, a fault for which there
 * is no option. And a calibrator belongs to its context, while a forecast is told nothing of contexts.
 */
function needsRuns(config: Config, total: number): boolean {
  const { enable_separate_cfg, num_inference_steps: steps, force_refresh_step_hint: hint } = config;
  const late = steps !== null && total > 2 * steps;
  return config.calibrator !== '' || (enable_separate_cfg && (late || (hint ?? 0) % 2 === 1));
}

/** True if a configuration has keys that only cache-dit has; First Block Cache of other projects shares some. */
export function isDbcache(config: Readonly<Record<string, unknown>>): boolean {
  const own = Object.keys(cacheDitConfig).filter((key) => !SHARED_WITH_OTHERS.includes(key));
  return hasAny(config, ...own);
}

const SHARED_WITH_OTHERS: readonly string[] = [
  'residual_diff_threshold',
  'num_inference_steps',
  'gens',
  'calibrator',
];
