import type { Measurement } from '../../indicator/indicator.ts';
import { readRatio, type Reading } from '../../indicator/ratio.ts';
import type { BlockSite } from '../../pass/site.ts';
import { stepsOf, type StepCount } from '../options.ts';

/** An indicator of one block, as plain data that a state can hold. */
export type BlockIndicator = {
  readonly name: string;
  readonly tap: { readonly of: 'modulated' | 'stream'; readonly at: number };
  readonly against: 'computed' | 'seen';
  readonly stride?: number;
};

/** What is measured of a block, and how. */
export interface BlockLook {
  /** The released code looks at modulated inputs, the paper at outputs. */
  readonly form: 'released' | 'paper';
  readonly stride: number;
  readonly select: 'stack' | 'blocks';
}

/**
 * A subset of blocks, spread evenly from the first to the last: block ⌊(j + ½) · N / n⌋ for j = 0 … n − 1. (The paper
 * halves the blocks on its largest models and does not say which it takes.)
 *
 * @param blocks - all N blocks
 * @param amount - a count, or a share of N
 */
export function selectBlocks(blocks: readonly BlockSite[], amount: StepCount): readonly BlockSite[] {
  const count = Math.min(blocks.length, stepsOf(amount, blocks.length));
  return Array.from(
    { length: count },
    (_, index) => blocks[Math.floor(((index + 0.5) * blocks.length) / count)],
  ).filter((block) => block !== undefined);
}

/** The relative L1 indicator of a block. */
export function blockIndicator(
  { from, until }: BlockSite,
  { form, stride, select }: BlockLook,
): BlockIndicator {
  const [of, at] = form === 'released' ? (['modulated', from] as const) : (['stream', until] as const);
  return {
    name: `relative L1 at ${at}`,
    tap: { of, at },
    // A block that decides for itself is measured when it is computed, so what was seen was computed. Its output stands
    // at the start of the next block, which may be reused: `computed` would then wait for a step that computes both.
    against: select === 'blocks' ? 'seen' : 'computed',
    ...(stride > 1 ? { stride } : {}),
  };
}

/** Mean over the indicators in float64, or the first reason why there is none. */
export function meanChange(
  indicators: readonly BlockIndicator[],
  measured: Readonly<Record<string, Measurement>>,
): Reading {
  let sum = 0;
  for (const { name } of indicators) {
    const reading = readRatio(measured[name]);
    if (!reading.usable) return reading;
    sum += reading.value;
  }
  return { usable: true, value: sum / indicators.length };
}
