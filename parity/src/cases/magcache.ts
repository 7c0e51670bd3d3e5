import { magcache, type MagCacheOptions } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, integer, mask, number, numbers, optional } from '../fields.ts';
import { hasAny, type Case, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, GUIDED, runCalls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';
import { pairs } from './teacache-wan.ts';

const SOURCE = 'Zehong-Ma/MagCache df81cb1';

/** Scripts with one call a step that differ from the one for FLUX, by the words in a case's name or source. */
const SCRIPTS: readonly (readonly [RegExp, MagCacheOptions['variant']])[] = [
  [/hunyuan/i, 'hunyuan'],
  [/omnigen/i, 'omnigen2'],
  [/framepack/i, 'framepack'],
];

/** MagCache as its scripts for models with one call a step have it. */
export const magcacheFluxCases: CaseKind = {
  name: 'MagCache FLUX',
  source: SOURCE,
  recognises: ({ config }) => hasAny(config, 'magcache_thresh') && !isWan(config),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        num_steps: count(),
        magcache_thresh: number(),
        K: integer(),
        retention_ratio: number(),
        mag_ratios: numbers(),
      },
      fields: { compute: mask() },
    });
    const { num_steps: steps, magcache_thresh: threshold, K: maxSkip, retention_ratio: retention } = config;
    const ratios = [config.mag_ratios];
    const policy = magcache({ threshold, maxSkip, retention, ratios, variant: scriptOf(given) });
    const toy = addingBlocks(1, []);
    const calls = await runCalls(policy, toy, {
      timesteps: steps,
      calls: Math.max(steps, fields.compute.length),
    });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** MagCache as its script for Wan has it: a call for each guidance branch, and their ratios in turn. */
export const magcacheWanCases: CaseKind = {
  name: 'MagCache Wan',
  source: SOURCE,
  recognises: ({ config }) => hasAny(config, 'magcache_thresh') && isWan(config),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        steps: integer(0),
        num_steps: count(),
        magcache_thresh: number(),
        K: integer(),
        retention_ratio: number(),
        mag_ratios: numbers(),
        native_len: integer(0),
      },
      fields: { compute: mask() },
    });
    const { num_steps, magcache_thresh: threshold, K: maxSkip, retention_ratio: retention } = config;
    const ratios = GUIDED.map((_, branch) => config.mag_ratios.filter((__, at) => at % 2 === branch));
    const policy = magcache({ threshold, maxSkip, retention, ratios, variant: 'wan' });
    const toy = addingBlocks(1, []);
    const schedule = { timesteps: pairs('num_steps', num_steps), branches: GUIDED };
    const calls = await runCalls(policy, toy, {
      ...schedule,
      calls: Math.max(num_steps, fields.compute.length),
    });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** MagCache as diffusers' hooks have it; cases hold several generations, each of which starts anew. */
export const diffusersMagcacheCases: CaseKind = {
  name: 'diffusers MagCache',
  source: 'huggingface/diffusers 58eb52c0',
  recognises: ({ config }) =>
    hasAny(config, 'max_skip_steps', 'mag_ratios') && !hasAny(config, 'magcache_thresh'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        threshold: number(0.06),
        max_skip_steps: integer(3),
        retention_ratio: number(0.2),
        num_inference_steps: count(28),
        mag_ratios: numbers(),
      },
      fields: { compute: mask(), out: optional(numbers()) },
    });
    const {
      threshold,
      max_skip_steps: maxSkip,
      retention_ratio: retention,
      num_inference_steps: steps,
    } = config;
    const ratios = [config.mag_ratios];
    const policy = magcache({ threshold, maxSkip, retention, ratios, variant: 'diffusers' });
    const toy = addingBlocks(1, []);
    const calls = await runCalls(policy, toy, {
      timesteps: steps,
      calls: Math.max(steps, fields.compute.length),
    });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** Wan's script counts calls, of which each step has two. */
function isWan(config: Readonly<Record<string, unknown>>): boolean {
  const { steps, num_steps: calls } = config;
  return typeof steps === 'number' && typeof calls === 'number'
    ? calls === 2 * steps
    : hasAny(config, 'native_len');
}

function scriptOf({ hints }: Case): MagCacheOptions['variant'] {
  return SCRIPTS.find(([words]) => words.test(hints.slice(0, 2).join(' ')))?.[1] ?? 'flux';
}
