import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import {
  choiceOption,
  integerOption,
  numberOption,
  stepCountOption,
  stepsOf,
  type StepCount,
} from '../options.ts';
import type { Limits, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse, wholeStack } from '../span.ts';
import { blockIndicators, meanChange, selectBlocks } from './block-indicators.ts';

/** Options of {@link bwcache}. */
export interface BwcacheOptions {
  /** δ: reuse may begin once the mean relative L1 over the blocks is below this. The paper's default is 0.15. */
  readonly threshold: number;
  /** R: how many steps in a row are reused before one is computed: a count, or a share of the steps. */
  readonly interval: StepCount;
  /** Whose rule: the released code's (one trigger, frozen schedule, residual) or the paper's text (see below). */
  readonly form: 'released' | 'paper';
  /** How many steps at the end are computed: below 1 a fraction of the trigger step k, else a count. 0.5 is k/2. */
  readonly tail: number;
  /** How many blocks enter the mean: a count, or a share, spread evenly. The paper uses half on the largest models. */
  readonly blocks: StepCount;
  /** Sketch of the indicator: measure every n-th element of each block's feature. 1 measures all. */
  readonly stride: number;
}

/** What BWCache remembers between steps. */
export type BwcacheState = {
  readonly length: number;
  readonly steps: number;
  /** Positions at which the indicator looks, one for each chosen block. */
  readonly looks: readonly number[];
  /** k: the step at which the mean fell below δ for the first time. */
  readonly trigger: number | null;
  /** The last computed step; reuse is counted from it. */
  readonly computed: number;
  /** Whether the last computed step allows reuse after it. */
  readonly armed: boolean;
  /** The newest mean relative L1, or why there is none. */
  readonly seen: Reason;
};

/**
 * BWCache (arXiv 2509.13789): the blocks of a DiT change along a U-shaped curve over the steps, so all of them are
 * reused together in its flat middle. The indicator is the mean over N blocks of the relative L1 change:
 *
 *     ARL1(s)/N = (1/N) Σ_i ‖h_{s,i} − h_{s−1,i}‖₁ / ‖h_{s−1,i}‖₁  <  δ
 *
 * - `form: 'released'` follows the released code: `h` is the modulated input of each block's attention; the first step
 *   k below δ triggers, once; from k + 1 on R steps reuse the residual of the whole stack and one computes, in turn,
 *   until the last ⌊k/2⌋ steps, which are computed.
 * - `form: 'paper'` follows the paper's text: `h` is the output of each block; every computed step is compared with
 *   the computed step before it, and allows R reused steps only if it is below δ itself; the output of the last block
 *   is reused as it is; the tail is counted from the first trigger.
 *
 * A mean that is not finite never triggers.
 *
 * @example
 * ```ts
 * bwcache({ threshold: 0.15, interval: '10%' });
 * ```
 */
export const bwcache: PolicyFactory<BwcacheOptions, BwcacheState> = definePolicy<
  BwcacheOptions,
  BwcacheState
>({
  name: 'bwcache',
  about: 'reuses all blocks while their mean relative change is small (BWCache)',
  options: {
    threshold: numberOption('mean relative L1 below which reuse begins', 0.15, { min: 0, quoted: true }),
    interval: stepCountOption('steps reused in a row', '10%', { quoted: true }),
    form: choiceOption('rule of the released code, or of the paper', ['released', 'paper'], 'released'),
    tail: numberOption('steps computed at the end: a fraction of the trigger step, or a count', 0.5, {
      min: 0,
    }),
    blocks: stepCountOption('blocks that enter the mean', '100%'),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1, ...(options.form === 'released' ? { modulated: 'all' as const } : {}) },
    criterion: { mean: options.form === 'released' ? 'modulated' : 'output', threshold: options.threshold },
    limits: (run): Limits => ({
      warmUp: 2,
      tail: options.tail >= 1 ? Math.min(Math.floor(options.tail), run.steps) : Math.floor(options.tail),
      maxAge: stepsOf(options.interval, run.steps),
    }),
    init: (run) => initialState(run, options),
    next: (state, { step }) => decide(state, step, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

function initialState(run: RunShape, options: BwcacheOptions): BwcacheState {
  const { blocks, length } = run.stream;
  const chosen = selectBlocks(blocks, options.blocks);
  return {
    length,
    steps: run.steps,
    looks: chosen.map((block) => (options.form === 'released' ? block.from : block.until)),
    trigger: null,
    computed: -1,
    armed: false,
    seen: { kind: 'first' },
  };
}

function decide(state: BwcacheState, step: number, options: BwcacheOptions): Decision {
  const { length, trigger, steps } = state;
  const tailFrom = steps - tailLength(trigger ?? step, options);
  if (trigger !== null && step >= tailFrom) return compute(length, { kind: 'tail', from: tailFrom });
  const limit = stepsOf(options.interval, steps);
  const age = step - state.computed;
  if (trigger !== null && state.armed && age <= limit) return reuse(length, cacheForm(options), state.seen);
  const why: Reason = state.armed ? { kind: 'age-limit', age: age - 1, limit } : state.seen;
  // Nothing that is kept or measured now could serve a later step: the source measures all the same.
  if (step + 1 >= tailFrom) return compute(length, why);
  const measured = watches(state, options) ? blockIndicators(state.looks, options) : [];
  return compute(length, why, wholeStack(length, cacheForm(options)), measured);
}

/** The released code stops looking once it has triggered; the paper's form looks at every computed step. */
function watches(state: BwcacheState, { form }: BwcacheOptions): boolean {
  return form === 'paper' || state.trigger === null;
}

function cacheForm({ form }: BwcacheOptions): 'output' | 'residual' {
  return form === 'paper' ? 'output' : 'residual';
}

/** ⌊k · tail⌋ for a fraction of the trigger step k, else the count. */
function tailLength(trigger: number, { tail }: BwcacheOptions): number {
  return Math.floor(tail < 1 ? trigger * tail : tail);
}

function observe(state: BwcacheState, seen: Observation, options: BwcacheOptions): BwcacheState {
  if (seen.did !== 'computed') return state;
  const computed: BwcacheState = { ...state, computed: seen.step };
  // The paper's form reuses after a comparison only, and a refused reuse was computed without one.
  if (seen.refused && options.form === 'paper')
    return { ...computed, armed: false, seen: { kind: 'no-indicator', because: 'no-reference' } };
  if (!watches(state, options) || Object.keys(seen.measured).length === 0) return computed;
  const mean = meanChange(state.looks, seen.measured);
  if (!mean.usable) {
    const why: Reason = seen.step === 0 ? { kind: 'first' } : { kind: 'no-indicator', because: mean.because };
    return { ...computed, armed: false, seen: why };
  }
  const { threshold } = options;
  const below = mean.value < threshold;
  const why: Reason = { kind: below ? 'below-threshold' : 'above-threshold', value: mean.value, threshold };
  return { ...computed, armed: below, trigger: state.trigger ?? (below ? seen.step : null), seen: why };
}
