import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCases } from '../src/files.ts';
import { linesOf } from '../src/print.ts';
import { runEntry } from '../src/program.ts';

/** Options that the recorded cases leave out. What is expected follows from the rule of the source, step by step. */
const variations: readonly { readonly name: string; readonly [field: string]: unknown }[] = [
  // No warm-up: the second step has no k yet, and the first has nothing to compare with.
  {
    name: 'easycache_hunyuan_no_warm_up',
    config: { num_steps: 8, ret_steps: 0, thresh: 0.1 },
    inputs: { x: [2, 1.75, 1.5, 1.25, 1.125, 1, 0.875, 0.75], y: [8, 8.5, 9, 9.25, 9.5, 9.75, 10, 10] },
    compute: '11010001',
  },
  // A first step that is computed because all are.
  {
    name: 'diffusers_taylorseer_every_step',
    config: { cache_interval: 1, disable_cache_before_step: 0 },
    inputs: { y: [2, 1.5, 1.25] },
    compute: '111',
  },
  // The source takes the order as an argument of its forecaster.
  {
    name: 'paraattention_fbc_taylor',
    config: {
      residual_diff_threshold: 0.06,
      warmup_steps: 4,
      enable_taylorseer: true,
      taylorseer_kwargs: { n_derivatives: 1 },
    },
    s: [1, 1.0625, 1.1875, 1.375, 1.375, 1.375],
    compute: '111100',
    out: [7, 7.375, 8.125, 9.25, 10.1875, 11.125],
  },
  // Half a step at the end, with guidance.
  {
    name: 'cache_dit_odd_number_of_calls',
    config: {
      Fn_compute_blocks: 1,
      max_warmup_steps: 1,
      residual_diff_threshold: 0.1,
      enable_separate_cfg: true,
    },
    s: [1, 2, 1, 2, 2],
    compute: '11001',
  },
  {
    name: 'paraattention_alter_odd_number_of_calls',
    config: { residual_diff_threshold: 0.1, enable_alter_cache: true, alter_residual_diff_threshold: 0.5 },
    s: [1, 2, 1, 2.5, 1.25],
    compute: '11001',
  },
  // The stream after the front blocks is compared, which changes less than what they add to it.
  {
    name: 'cache_dit_stream',
    config: { Fn_compute_blocks: 1, max_warmup_steps: 1, l1_hidden_states_diff_threshold: 0.2 },
    s: [1, 1.25, 1.5],
    compute: '101',
  },
  // The schedule that the source's forecaster has of its own is not asked.
  {
    name: 'paraattention_fbc_taylor_schedule',
    config: {
      residual_diff_threshold: 0.06,
      enable_taylorseer: true,
      taylorseer_kwargs: { n_derivatives: 1, warmup_steps: 3, skip_interval_steps: 2 },
      downsample_factor: 2,
    },
    s: [1, 1, 2],
    compute: '101',
  },
  // A generation of one step.
  {
    name: 'one_step',
    config: { num_steps: 1, rel_l1_thresh: 0.25 },
    inputs: { modulated: [2] },
    compute: '1',
  },
  {
    name: 'diffusers_pab_default_range',
    config: { timestep_skip_range: [100, 800] },
    inputs: { timesteps: [900, 700, 600, 500] },
    compute: '1010',
  },
  {
    name: 'xdit_fbc_other_model',
    s: [1, 1],
    config: { rel_l1_thresh: 0.1, num_steps: 2, name: 'flux2' },
    compute: '10',
  },
  // The first call of a step finds no changes that could raise its threshold; the second has its own.
  {
    name: 'dbprune_unconditional_first',
    config: {
      Fn_compute_blocks: 1,
      max_warmup_steps: 1,
      residual_diff_threshold: 0.0625,
      num_inference_steps: 3,
      enable_separate_cfg: true,
      enable_dynamic_prune_threshold: true,
      dynamic_prune_threshold_relax_ratio: 2,
      max_dynamic_prune_threshold: 0.5,
      cfg_compute_first: true,
      cfg_diff_compute_separate: false,
    },
    s: [1.25, 1.3125, 1.5, 1, 1.4375, 1.1875],
    blocks: ['11111111', '11111111', '11111111', '11000000', '10000000', '11000000'],
    out: [50, 52.5, 60, 50.3125, 59.6875, 51.625],
  },
];

test.each(variations.map((given) => [given.name, given] as const))('%s', async (name, given) => {
  const file = join(mkdtempSync(join(tmpdir(), 'parity-')), 'variation.json');
  writeFileSync(file, JSON.stringify(given));
  const lines = await Promise.all(readCases(file).map(async (entry) => linesOf(await runEntry(entry))));
  expect(lines).toEqual([[`ok ${name}`]]);
});
