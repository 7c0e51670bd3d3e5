import { autoOption } from '../auto-option.ts';
import { combination, type CombinedState } from '../combinators/combination.ts';
import { countOrNone } from '../combinators/count-or-none.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { forecasting, type ForecastMemory } from '../forecast/forecasting.ts';
import { taylorMethod } from '../forecast/methods.ts';
import { choiceOption, integerOption } from '../options.ts';
import type { Policy, RunShape } from '../policy.ts';
import { compute, reuse, wholeStack } from '../span.ts';

/** Options of {@link taylorseer}. */
export interface TaylorSeerOptions {
  /** N: in each N steps one is computed. `auto`: 6 as the official code has it for FLUX, 5 in diffusers. */
  readonly interval: number | 'auto';
  /** The highest derivative of the forecasts. 0 reuses values as they are. */
  readonly order: number;
  /** The first steps that are computed: first_enhance of the official code, disable_cache_before_step of diffusers. */
  readonly warmUp: number;
  /** From this step on all are computed; the variant `diffusers` has it. */
  readonly after: number | 'none';
  /** Whose schedule, and whose derivatives. */
  readonly variant: 'official' | 'diffusers';
  /**
   * What is forecast: `modules` (the source) the value of every attention and MLP before its gate; `stack` one residual
   * of all blocks, for runners without inner sites.
   */
  readonly cache: 'modules' | 'stack';
}

/** What the schedule remembers: where the stream ends and how many steps there are. */
type ScheduleState = { readonly length: number; readonly steps: number };

/**
 * TaylorSeer (Shenyi-Z/TaylorSeer, commit 288776d; arXiv 2503.06923): a fixed schedule; at the steps between two
 * computed ones the module values are forecast by a Taylor polynomial, see {@link taylorWeights}.
 *
 *     official:   compute(s) ⇔ s < E  or  (s − E + 1) mod N = 0;                 derivatives from step E − 1 on
 *     diffusers:  compute(s) ⇔ s < E  or  (s − E − 1) mod N = 0  or  s ≥ after;  derivatives from the second value on
 *
 * with E the `warmUp`. Defaults are the official code's for FLUX. diffusers (commit 58eb52c0) rounds values and
 * derivatives to bfloat16, and fails at its first step for E = 0; here the precision is the runner's, and E is at least 1.
 *
 * @example
 * ```ts
 * taylorseer({ interval: 4, order: 2 });
 * ```
 */
export const taylorseer: PolicyFactory<TaylorSeerOptions, CombinedState<ForecastMemory>> = definePolicy<
  TaylorSeerOptions,
  CombinedState<ForecastMemory>
>({
  name: 'taylorseer',
  about: 'computes every N-th step and forecasts module values between by Taylor polynomials (TaylorSeer)',
  options: {
    interval: autoOption(integerOption('compute one of so many steps', 6, { min: 1 })),
    order: integerOption('the highest derivative', 1, { min: 0, max: 3, quoted: true }),
    warmUp: integerOption('the first steps that are computed', 3, { min: 1, quoted: true }),
    after: countOrNone('compute everything from this step on (variant diffusers)', 0),
    variant: choiceOption('whose schedule and derivatives', ['official', 'diffusers'], 'official'),
    cache: choiceOption('what is forecast: module values, or one residual', ['modules', 'stack'], 'modules'),
  },
  check: ({ after, variant }) =>
    after === 'none' || variant === 'diffusers'
      ? []
      : [{ option: 'after', message: 'the official code has no such step: choose variant=diffusers' }],
  rule(options) {
    const policy = schedule(options);
    // In the official code step E − 1 is the first one behind first_enhance − 2.
    const start = options.variant === 'official' ? options.warmUp - 1 : 1;
    return combination(
      [policy],
      forecasting(
        policy,
        taylorMethod(options.order, () => start),
      ),
    );
  },
});

function schedule(options: TaylorSeerOptions): Policy<ScheduleState> {
  const { cache, warmUp, after } = options;
  const why = { kind: 'schedule' } as const;
  return {
    id: 'schedule of taylorseer',
    granularity: 'step',
    needs: { history: 1, ...(cache === 'modules' && { inner: 'any' as const }) },
    limits: ({ steps }) => ({
      warmUp: Math.min(warmUp, steps),
      tail: after === 'none' ? 0 : Math.max(0, steps - Math.max(after, 0)),
      maxAge: intervalOf(options) - 1,
    }),
    init: ({ stream, steps }: RunShape) => ({ length: stream.length, steps }),
    next({ length }, { step, site }) {
      if (!computes(step, options))
        return cache === 'modules' ? reuse(site + 1, 'value', why) : reuse(length, 'residual', why);
      return compute(
        length,
        why,
        cache === 'modules' ? values(site, length) : wholeStack(length, 'residual'),
      );
    },
    observe: (state) => state,
  };
}

function computes(step: number, options: TaylorSeerOptions): boolean {
  const { warmUp, after, variant } = options;
  const interval = intervalOf(options);
  if (step < warmUp || (after !== 'none' && step >= after)) return true;
  return variant === 'official'
    ? (step - warmUp + 1) % interval === 0
    : (step - warmUp - 1 + interval) % interval === 0;
}

function intervalOf({ interval, variant }: TaylorSeerOptions): number {
  if (interval !== 'auto') return interval;
  return variant === 'official' ? 6 : 5;
}

function values(
  site: number,
  length: number,
): readonly { readonly from: number; readonly until: number; readonly form: 'value' }[] {
  return Array.from({ length: length - site }, (_, index) => ({
    from: site + index,
    until: site + index + 1,
    form: 'value',
  }));
}
