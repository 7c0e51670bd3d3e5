import { dbprune, perBranch, type Policy } from '@refrain/core';
import { sameNumbers, sameWords } from '../compare.ts';
import { flag, gaps, number, numbers, texts } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { runCalls, type Calls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';
import { branchesOf, cacheDitConfig, commonOptions, contextsOf } from './cache-dit-config.ts';
import { calibrated } from './calibrators.ts';

/** DBPrune: each block for itself. The limit of accumulated changes, which is read here too, has no effect in the source. */
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
    const branches = branchesOf(config);
    const conditionalFirst = branches[0] === 'conditional';
    const rule = (dynamic: boolean): Policy =>
      dbprune({
        ...commonOptions(config),
        // The source's dynamic threshold takes the conditional call's changes for both calls of a step.
        cfg: config.enable_separate_cfg && conditionalFirst ? 'shared' : 'separate',
        keep: config.non_prune_block_ids,
        dynamic: dynamic ? 'yes' : 'no',
        relax: config.dynamic_prune_threshold_relax_ratio,
        maxThreshold: config.max_dynamic_prune_threshold,
      });
    const own = rule(config.enable_dynamic_prune_threshold);
    // An unconditional call that comes first has no changes to take.
    const policy = calibrated(config.calibrator, conditionalFirst ? own : perBranch(rule(false), own));
    const series = Array.from({ length: config.gens }, () => fields.s).flat();
    const toy = addingBlocks(fields.blocks[0]?.length ?? 8, series, (call) => 4 * (series[call] ?? 0));
    const timesteps = Math.ceil(series.length / branches.length);
    const generations = contextsOf(config, series.length);
    const calls = await runCalls(policy, toy, { timesteps, branches, generations });
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
