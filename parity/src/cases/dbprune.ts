import { dbprune } from '@refrain/core';
import { sameNumbers, sameWords } from '../compare.ts';
import { flag, gaps, number, numbers, texts } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { runCalls, type Calls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';
import { branchesOf, cacheDitConfig, commonOptions } from './cache-dit-config.ts';

/** DBPrune: each block for itself. */
export const dbpruneCases: CaseKind = {
  name: 'cache-dit DBPrune',
  source: 'vipshop/cache-dit f86744af',
  recognises: ({ config, fields }) => hasAny(fields, 'blocks') || hasAny(config, 'non_prune_block_ids'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        ...cacheDitConfig,
        non_prune_block_ids: numbers([]),
        enable_dynamic_prune_threshold: flag(false),
        dynamic_prune_threshold_relax_ratio: number(1.25),
        max_dynamic_prune_threshold: number(0),
        force_reduce_calibrator_vram: flag(false),
      },
      fields: { s: numbers(), blocks: texts(), out: gaps() },
    });
    const policy = dbprune({
      ...commonOptions(config),
      keep: config.non_prune_block_ids,
      dynamic: config.enable_dynamic_prune_threshold ? 'yes' : 'no',
      relax: config.dynamic_prune_threshold_relax_ratio,
      maxThreshold: config.max_dynamic_prune_threshold,
    });
    const branches = branchesOf(config);
    const toy = addingBlocks(fields.blocks[0]?.length ?? 8, fields.s, (call) => 4 * (fields.s[call] ?? 0));
    const calls = await runCalls(policy, toy, { timesteps: fields.s.length / branches.length, branches });
    return {
      policy: policy.id,
      checks: [
        ...sameWords('blocks', fields.blocks, blocksOf(calls, toy.length)),
        ...sameNumbers('out', fields.out, calls.out),
      ],
    };
  },
};

/** One digit for each block, call by call. */
function blocksOf({ ran }: Calls, blocks: number): readonly string[] {
  return ran.map((positions) =>
    Array.from({ length: blocks }, (_, block) => Number(positions.has(block))).join(''),
  );
}
