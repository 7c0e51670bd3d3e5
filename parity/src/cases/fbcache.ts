import { fbcache, perBranch, type Policy } from '@refrain/core';
import { sameMask, sameNumbers } from '../compare.ts';
import { elsewhere, flag, gaps, integer, mask, number, numbers, optional, text } from '../fields.ts';
import { hasAll, hasAny, type CaseKind } from '../kind.ts';
import { objectAt, read } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, GUIDED, runCalls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';
import { calibrated } from './calibrators.ts';
import { isDbcache } from './dbcache.ts';

/** Blocks of the toy model of these sources. */
const BLOCKS = 3;

/** First Block Cache as ParaAttention has it; with alternating buffers it is called once for each guidance branch. */
export const paraattentionCases: CaseKind = {
  name: 'ParaAttention FBCache',
  source: 'chengzeyi/ParaAttention 4de137c',
  recognises: ({ config, fields }) =>
    hasAny(config, 'residual_diff_threshold', 'enable_alter_cache', 'enable_taylorseer') &&
    hasAll(fields, 's', 'compute') &&
    !isDbcache(config),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        residual_diff_threshold: number(0),
        alter_residual_diff_threshold: optional(number()),
        enable_alter_cache: flag(false),
        warmup_steps: integer(0),
        num_inference_steps: optional(integer()),
        downsample_factor: integer(1),
        enable_taylorseer: flag(false),
        taylorseer_kwargs: elsewhere(),
        taylorseer_order: integer(2),
        calibrator: text(''),
      },
      fields: { s: numbers(), compute: mask(), out: gaps() },
    });
    const {
      residual_diff_threshold: threshold,
      alter_residual_diff_threshold: other,
      warmup_steps: warmUp,
    } = config;
    const cache = (limit: number): Policy => fbcache({ threshold: Math.max(0, limit), warmUp });
    const branches = config.enable_alter_cache ? GUIDED : GUIDED.slice(0, 1);
    const both =
      config.enable_alter_cache && other !== null
        ? perBranch(cache(threshold), cache(other))
        : cache(threshold);
    const { n_derivatives: order } = read('taylorseer_kwargs', objectAt(given.config, 'taylorseer_kwargs'), {
      n_derivatives: integer(config.taylorseer_order),
      // Of a schedule that the source's cache does not ask.
      warmup_steps: integer(1),
      skip_interval_steps: integer(1),
    });
    const calibrator = config.enable_taylorseer ? `taylorseer order ${order}` : config.calibrator;
    const policy = calibrated(calibrator, both, 'para-attention');
    const toy = addingBlocks(BLOCKS, fields.s);
    const calls = await runCalls(policy, toy, {
      timesteps: Math.ceil(fields.s.length / branches.length),
      branches,
      calls: fields.s.length,
    });
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...sameNumbers('out', fields.out, calls.out),
      ],
    };
  },
};

/** First Block Cache as diffusers has it: reuse at equality, and for ever once the change is not a number. */
export const diffusersFbcacheCases: CaseKind = {
  name: 'diffusers FBC',
  source: 'huggingface/diffusers 58eb52c0',
  recognises: ({ config, inputs }) => hasAll(config, 'threshold') && hasAll(inputs, 's'),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: { threshold: number(0.05) },
      inputs: { s: numbers() },
      fields: { compute: mask(), out: gaps() },
    });
    const policy = fbcache({ threshold: config.threshold, variant: 'diffusers-nan' });
    const toy = addingBlocks(BLOCKS, inputs.s);
    const calls = await runCalls(policy, toy, { timesteps: inputs.s.length });
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...sameNumbers('out', fields.out, calls.out),
      ],
    };
  },
};
