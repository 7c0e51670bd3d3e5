import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import { readRatio, type Reading } from '../../indicator/ratio.ts';
import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, numberOption } from '../options.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { FRONT_RESIDUAL, frontResidual } from './front-residual.ts';
import { endsMisfit, middleOf, type Middle } from './middle.ts';

/** Options of {@link fbcache}. */
export interface FbcacheOptions {
  /** The rest is reused while the change of the first block's residual is below this. ParaAttention: 0.06 … 0.12 on FLUX. */
  readonly threshold: number;
  /** Whose rule: see {@link fbcache}. */
  readonly variant: 'paraattention' | 'diffusers' | 'diffusers-nan' | 'xdit' | 'lightx2v';
  /** How many steps at the beginning are computed. */
  readonly warmUp: number;
  /** How many blocks at the front are computed in every step and looked at. */
  readonly blocks: number;
  /** Sketch of the indicator: measure every n-th element of the residual. 1 measures all. */
  readonly stride: number;
}

/** What First Block Cache remembers between steps. */
export type FbcacheState = {
  readonly length: number;
  readonly steps: number;
  /** What is reused. */
  readonly middle: Middle;
  /** What was done with it in the newest step. */
  readonly previous: 'nothing' | 'computed' | 'reused';
  /** What the current step will do, once its indicator is in. */
  readonly verdict: { readonly step: number; readonly reuse: boolean; readonly why: Reason } | null;
};

/**
 * First Block Cache (chengzeyi/ParaAttention, commit 4de137c): the first block is computed in every step, and what it
 * adds to the stream tells how much the rest has changed. While it is near the residual `R` of the last computed step,
 * the residual of all other blocks is reused:
 *
 *     reuse(s) ⇔ ‖R_s − R_ref‖₁ / ‖R_ref‖₁ < threshold
 *
 * - `paraattention` (also cache-dit with F1 B0): `R_ref` is the last computed one;
 * - `diffusers` (huggingface/diffusers, 58eb52c0): reuses at equality too; `diffusers-nan` is the same with its fault:
 *   a change that is not a number counts as no change, so that a first block which adds nothing is reused for ever;
 * - `xdit` (xdit-project/xDiT, 175e0bf): in a step that follows a computed one `R_s` becomes `R_ref` once it was compared,
 *   whatever is decided, else `R_ref` stays; the threshold is rounded to float32;
 * - `lightx2v` (ModelTC/LightX2V, f8aee98b): `R_ref` is that of the step before, however far the stream has drifted.
 */
export const fbcache: PolicyFactory<FbcacheOptions, FbcacheState> = definePolicy<
  FbcacheOptions,
  FbcacheState
>({
  name: 'fbcache',
  about: 'reuses all blocks but the first while that one hardly changes what it adds (First Block Cache)',
  options: {
    threshold: numberOption('reuse while the change of the first residual is below this', 0.08, {
      min: 0,
      quoted: true,
    }),
    variant: choiceOption(
      'whose rule: they differ in what they compare with, and in equality',
      ['paraattention', 'diffusers', 'diffusers-nan', 'xdit', 'lightx2v'],
      'paraattention',
    ),
    warmUp: integerOption('steps computed at the beginning', 0, { min: 0 }),
    blocks: integerOption('blocks at the front that are computed and looked at', 1, { min: 1 }),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1 },
    limits: ({ steps }) => ({ warmUp: Math.min(Math.max(1, options.warmUp), steps), tail: 0 }),
    fit: (run) => endsMisfit({ front: options.blocks, back: 0 }, run),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

function initialState({ stream, steps }: RunShape, { blocks }: FbcacheOptions): FbcacheState {
  const middle = middleOf(stream.blocks, { front: blocks, back: 0 });
  return { length: stream.length, steps, middle, previous: 'nothing', verdict: null };
}

function decide(state: FbcacheState, { step, site }: Position, options: FbcacheOptions): Decision {
  const { length, middle, verdict } = state;
  const { from, until } = middle;
  if (from === until) return compute(length, { kind: 'always-compute' });
  const keep = step + 1 < state.steps && site <= from ? [{ from, until, form: 'residual' as const }] : [];
  if (site === 0) {
    const look = [indicator(state, options)];
    if (step < options.warmUp) return compute(length, { kind: 'warm-up', until: options.warmUp }, keep, look);
    return compute(from, { kind: 'look' }, [], look);
  }
  if (site !== from || verdict?.step !== step) return compute(length, { kind: 'always-compute' }, keep);
  return verdict.reuse ? reuse(until, 'residual', verdict.why) : compute(length, verdict.why, keep);
}

function indicator({ middle, previous }: FbcacheState, { variant, stride }: FbcacheOptions): Indicator {
  const against = { xdit: previous === 'reused' ? 'frozen' : 'seen', lightx2v: 'seen' } as const;
  return frontResidual(
    middle.from,
    variant === 'xdit' || variant === 'lightx2v' ? against[variant] : 'computed',
    stride,
  );
}

function observe(state: FbcacheState, seen: Observation, options: FbcacheOptions): FbcacheState {
  if (seen.did === 'measured') return state;
  // Written out here: a spread of the state takes longer than the rest of the decision.
  const { length, steps, middle, previous, verdict } = state;
  if (seen.did === 'reused') return { length, steps, middle, previous: 'reused', verdict };
  if (seen.until > middle.from || middle.from === length)
    return { length, steps, middle, previous: 'computed', verdict };
  const { reuse: reuses, why } = verdictOn(state, seen.measured[FRONT_RESIDUAL], options);
  return { length, steps, middle, previous, verdict: { step: seen.step, reuse: reuses, why } };
}

function verdictOn(
  { previous }: FbcacheState,
  measurement: Measurement | undefined,
  { threshold, variant }: FbcacheOptions,
): { readonly reuse: boolean; readonly why: Reason } {
  if (previous === 'nothing') return { reuse: false, why: { kind: 'first' } };
  const change = readRatio(measurement);
  if (!change.usable) {
    const ignored = variant === 'diffusers-nan' && isNotANumber(measurement, change);
    const why: Reason = ignored
      ? { kind: 'rule', text: 'a change that is not a number counts as none' }
      : { kind: 'no-indicator', because: change.because };
    return { reuse: ignored, why };
  }
  const { value } = change;
  const below = isBelow(value, threshold, variant);
  return { reuse: below, why: { kind: below ? 'below-threshold' : 'above-threshold', value, threshold } };
}

function isBelow(value: number, threshold: number, variant: FbcacheOptions['variant']): boolean {
  if (variant === 'diffusers' || variant === 'diffusers-nan') return value <= threshold;
  return value < (variant === 'xdit' ? Math.fround(threshold) : threshold);
}

/** Float32 division makes NaN of 0/0 and of NaN, but not of x/0, which is infinite and far above any threshold. */
function isNotANumber(
  measurement: Measurement | undefined,
  reading: Extract<Reading, { usable: false }>,
): boolean {
  if (measurement?.kind !== 'sums' || reading.because === 'shape-changed') return false;
  const { numerator, denominator, count } = measurement;
  return Number.isNaN(Math.fround(numerator / count) / Math.fround(denominator / count));
}
