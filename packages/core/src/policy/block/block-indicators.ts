import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import { readRatio, type Reading } from '../../indicator/ratio.ts';
import type { BlockSite } from '../../pass/site.ts';
import { stepsOf, type StepCount } from '../options.ts';

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

/** The relative L1 indicators of the chosen blocks: modulated inputs for the released form, outputs for the paper's. */
export function blockIndicators(
  looks: readonly number[],
  options: { readonly form: 'released' | 'paper'; readonly stride: number },
): readonly Indicator[] {
  const of = options.form === 'released' ? 'modulated' : 'stream';
  return looks.map((at) => ({
    name: indicatorName(at),
    tap: { of, at },
    against: 'computed',
    ...(options.stride > 1 ? { stride: options.stride } : {}),
  }));
}

/** Mean over the chosen blocks in float64, or the first reason why there is none. */
export function meanChange(
  looks: readonly number[],
  measured: Readonly<Record<string, Measurement>>,
): Reading {
  let sum = 0;
  for (const at of looks) {
    const reading = readRatio(measured[indicatorName(at)]);
    if (!reading.usable) return reading;
    sum += reading.value;
  }
  return { usable: true, value: sum / looks.length };
}

function indicatorName(at: number): string {
  return `relative L1 at ${at}`;
}
