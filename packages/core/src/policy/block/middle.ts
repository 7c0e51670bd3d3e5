import type { BlockSite } from '../../pass/site.ts';
import type { Misfit, RunShape } from '../policy.ts';

/** How many blocks at each end of the stack are computed in every step. */
export interface Ends {
  /** F: blocks at the front, which an indicator looks at. */
  readonly front: number;
  /** B: blocks at the back. */
  readonly back: number;
}

/**
 * What lies between the blocks that are always computed: positions of the stream. Plain data, part of policy states.
 * `from` equals `until` where nothing is left between them.
 */
export type Middle = { readonly from: number; readonly until: number };

/**
 * The middle of a stack of blocks. Where F + B leaves no block of it, F and B are scaled down, in their proportion, to
 * half of the blocks; {@link endsMisfit} says so.
 *
 * @param blocks - all of them
 * @param ends - as they were asked for
 */
export function middleOf(blocks: readonly BlockSite[], ends: Ends): Middle {
  const { front, back } = fittingEnds(blocks.length, ends);
  const from = blocks[front - 1]?.until ?? 0;
  return { from, until: blocks[blocks.length - back]?.from ?? blocks.at(-1)?.until ?? 0 };
}

/** F and B for so many blocks. */
function fittingEnds(count: number, { front, back }: Ends): Ends {
  if (front + back < count || count < 2) return { front: Math.min(front, count), back: count < 2 ? 0 : back };
  const half = count / 2 / (front + back);
  return { front: Math.max(1, Math.floor(front * half)), back: Math.floor(back * half) };
}

/** A warning when a model has too few blocks for F and B. */
export function endsMisfit(ends: Ends, { stream }: RunShape): readonly Misfit[] {
  const { front, back } = ends;
  const count = stream.blocks.length;
  if (front + back < count) return [];
  if (count < 2)
    return [
      {
        severity: 'warning',
        code: 'nothing-to-reuse',
        message: 'the model has a single block, which is always computed: choose a step-level policy instead',
      },
    ];
  const used = fittingEnds(count, ends);
  const message =
    `F${front} B${back} leaves nothing to reuse of ${count} blocks: F${used.front} B${used.back} is used instead; ` +
    'say how many blocks are to be computed at each end';
  return [{ severity: 'warning', code: 'other-model', message }];
}
