import { fbcache, optionsOf, type FbcacheOptions, type FbcacheState } from '@refrain/core';
import type { Arithmetic, Double, Truth } from '../arithmetic.ts';
import { ratioOf, type RatioInGraph } from '../ratio.ts';
import { notCompilable } from '../step-writer.ts';
import type { RuleEmitter } from './rule.ts';

/** What was done in the step before, as a number of the state. */
const NOTHING = 0;
const COMPUTED = 1;
const REUSED = 2;

/** First Block Cache: runs the front, compares its residual, computes or reuses the rest. */
export const emitFbcache: RuleEmitter = (policy, step) => {
  const options = optionsOf(fbcache, policy.id);
  const { middle } = policy.init(step.run) as FbcacheState;
  if (!options || middle.from === middle.until)
    throw notCompilable('the model has a single block, which First Block Cache always computes');
  const { math } = step;
  const previous = step.number('previous', 'the step before was: 0 nothing, 1 computed, 2 reused');
  const tap = { of: 'residual', from: 0, until: middle.from } as const;
  const look = [step.look({ name: 'front', tap, stride: options.stride })];
  const [sums] = step.compare(look, math.truth(true));
  if (!sums) return;
  const change = ratioOf(math, sums);
  step.report(math.choose(change.usable, change.value, math.number(Number.NaN)));

  const warm = math.not(math.below(step.step, math.number(options.warmUp)));
  const known = math.not(math.equal(previous, math.number(NOTHING)));
  const reuse = math.and(known, warm, isSmall(math, change, options));
  const { reused, computed } = step.gate({ ...middle, form: 'residual' }, reuse);

  const before = math.equal(previous, math.number(REUSED));
  step.remember(look, replaced(math, computed, before)[options.variant]);
  step.next('previous', math.choose(reused, math.number(REUSED), math.number(COMPUTED)));
};

/** A change below the threshold. Of what is not a number, one variant says that it is small. */
function isSmall(math: Arithmetic, change: RatioInGraph, { variant, threshold }: FbcacheOptions): Truth {
  const { usable, value, raw } = change;
  if (variant === 'diffusers') return math.and(usable, math.atMost(value, math.number(threshold)));
  if (variant === 'diffusers-nan')
    return math.or(math.isNaN(raw), math.and(usable, math.atMost(value, math.number(threshold))));
  const bound: Double = math.number(variant === 'xdit' ? Math.fround(threshold) : threshold);
  return math.and(usable, math.below(value, bound));
}

/** When the residual of the front becomes what later ones are compared with. */
function replaced(
  math: Arithmetic,
  computed: Truth,
  reusedBefore: Truth,
): Readonly<Record<FbcacheOptions['variant'], Truth>> {
  return {
    paraattention: computed,
    diffusers: computed,
    'diffusers-nan': computed,
    xdit: math.not(reusedBefore),
    lightx2v: math.truth(true),
  };
}
