import type { OptionIssue } from '../../errors.ts';
import { choiceOption, numberOption, numbersOption, type OptionSpecs } from '../options.ts';
import type { Misfit, RunShape } from '../policy.ts';
import { maskMisfit } from './cache-dit-mask.ts';
import { cacheDitOptions, type CacheDitOptions } from './cache-dit-options.ts';
import { endsMisfit, middleOf, type Middle } from './middle.ts';

/** Options of {@link dbprune}, with cache-dit's names in brackets. */
export interface DbpruneOptions extends CacheDitOptions {
  /** Blocks between the ends that are computed too, counted from 0 (`non_prune_block_ids`). */
  readonly keep: readonly number[];
  /** Whether the threshold rises with the changes of the step's first blocks (`enable_dynamic_prune_threshold`). */
  readonly dynamic: 'no' | 'yes';
  /** The dynamic threshold is the mean change times this (`dynamic_prune_threshold_relax_ratio`). */
  readonly relax: number;
  /** It is used only below this; 0: twice the threshold (`max_dynamic_prune_threshold`). */
  readonly maxThreshold: number;
  /** Whose changes raise it: each guidance branch's own, or those of the first for all, as in the source. */
  readonly cfg: 'separate' | 'shared';
}

/** How they are read; defaults are cache-dit's. */
export const dbpruneOptions: OptionSpecs<DbpruneOptions> = {
  ...cacheDitOptions,
  keep: numbersOption('blocks that are never pruned, counted from 0', []),
  dynamic: choiceOption('whether the threshold rises with the changes of the step', ['no', 'yes'], 'no'),
  relax: numberOption('the dynamic threshold is the mean change times this', 1.25, { min: 0 }),
  maxThreshold: numberOption('limit of the dynamic threshold, 0 for twice the threshold', 0, { min: 0 }),
  cfg: choiceOption('whose changes raise the threshold of a branch', ['separate', 'shared'], 'separate'),
};

/** Options that are wrong whatever the model. */
export function dbpruneIssues({ keep }: DbpruneOptions): readonly OptionIssue[] {
  const wrong = keep.filter((index) => !Number.isInteger(index) || index < 0);
  if (wrong.length === 0) return [];
  return [{ option: 'keep', message: `expected block numbers from 0, got ${wrong.join(', ')}` }];
}

/** A block that may be pruned. */
export type PrunableBlock = Middle & {
  /** The name of the indicator that compares its input: made once, not for each decision. */
  readonly input: string;
};

/** The blocks that may be pruned. */
export function prunableBlocks(
  { blocks }: RunShape['stream'],
  options: DbpruneOptions,
): readonly PrunableBlock[] {
  const middle = middleOf(blocks, options);
  return blocks
    .filter((_, index) => !options.keep.includes(index))
    .filter(({ from, until }) => from >= middle.from && until <= middle.until)
    .map(({ from, until }) => ({ from, until, input: `input of the block at ${from}` }));
}

/** What does not fit a run: too few blocks, a mask of other steps. */
export function dbpruneMisfits(options: DbpruneOptions, run: RunShape): readonly Misfit[] {
  const { blocks } = run.stream;
  const beyond = options.keep.filter((index) => index >= blocks.length);
  const misfits = [...endsMisfit(options, run), ...maskMisfit(options.mask, run.steps)];
  if (beyond.length > 0) {
    const message = `keep names blocks ${beyond.join(', ')}, and the model has ${blocks.length}: they are ignored`;
    misfits.push({ severity: 'warning', code: 'other-model', message });
  }
  if (blocks.length > 1 && prunableBlocks(run.stream, options).length === 0)
    misfits.push({
      severity: 'warning',
      code: 'nothing-to-reuse',
      message: `front, back and keep leave none of ${blocks.length} blocks to prune`,
    });
  return misfits;
}
