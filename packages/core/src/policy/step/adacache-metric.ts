import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import { readRatio, type Reading } from '../../indicator/ratio.ts';
import type { Stream } from '../../pass/site.ts';

/** A part of the stream that can be compared. */
export type ComparedSpan = {
  readonly from: number;
  readonly until: number;
  /** True for an inner site, whose value before its gate is compared. */
  readonly inner: boolean;
};

const CHANGE = 'change of the decisive residual';
const MOTION = 'motion in the decisive residual';

/** Neighbouring frames are compared, as by default in the source. */
const LAG = 1;

/** The source's `moreg_hyp` and `mograd_mul`: the usual motion, the power that sharpens it, the weight of its change. */
const USUAL_MOTION = 0.385;
const SHARPNESS = 8;
const GRADIENT = 10;

/**
 * The spans of which one decides: temporal attentions, where the runner offers them, else temporal blocks, where blocks
 * are told apart, else all blocks.
 */
export function comparedSpans({ blocks, inner }: Stream): readonly ComparedSpan[] {
  const attentions = inner.filter(({ kind }) => kind === 'temporal-attention');
  const temporal = blocks.filter(({ family }) => family === 'temporal');
  const spans = [attentions, temporal, blocks].find(({ length }) => length > 0) ?? [];
  return spans.map(({ from, until, level }) => ({ from, until, inner: level === 'inner' }));
}

/**
 * The span that decides.
 *
 * @param stream - of the runner
 * @param block - index among the spans that qualify; the last one if there are fewer
 */
export function decisiveSpan(stream: Stream, block: number | 'middle'): ComparedSpan {
  const spans = comparedSpans(stream);
  const index = block === 'middle' ? Math.floor((spans.length - 1) / 2) : block;
  return spans[index] ?? spans.at(-1) ?? { from: 0, until: 1, inner: false };
}

/** What a computed step measures. */
export function decisiveIndicators(
  { from, until, inner }: ComparedSpan,
  motion: boolean,
): readonly Indicator[] {
  const tap = { of: 'residual', from, until } as const;
  // A residual needs one layout before and after the module, which attention along the frames seldom leaves.
  const compared = inner ? ({ of: 'value', at: from } as const) : tap;
  const change: Indicator = { name: CHANGE, tap: compared, against: 'computed' };
  if (!motion) return [change];
  return [change, { name: MOTION, tap, against: 'computed', quantity: { of: 'motion', lag: LAG } }];
}

/** True if the decisive residual was measured. */
export function isMeasured(measured: Readonly<Record<string, Measurement>>): boolean {
  return measured[CHANGE] !== undefined;
}

/**
 * The change of the residual for each step of the interval that was in force, in float32.
 *
 *     d = ‖r_c − r_s‖₁ / ‖r_c‖₁ / interval
 */
export function changePerStep(measured: Readonly<Record<string, Measurement>>, interval: number): Reading {
  const change = normRatio(measured[CHANGE]);
  return change.usable ? { usable: true, value: Math.fround(change.value / interval) } : change;
}

/** Motion counts in the middle 80 % of the steps: 10 … 90 of 100, counted from 1, in the source. */
export function countsMotion(step: number, steps: number): boolean {
  const tenths = 10 * (step + 1);
  return tenths >= steps && tenths <= 9 * steps;
}

/**
 * Motion in the residual: how much it differs between frames, sharpened around its usual size. Float32 as the source's
 * tensors.
 *
 *     M = (m / 0.385)⁸;   m = ‖r[1:] − r[:−1]‖₁ / (‖r[1:]‖₁ + ‖r[:−1]‖₁)
 */
export function motionOf(measured: Readonly<Record<string, Measurement>>): Reading {
  const motion = normRatio(measured[MOTION]);
  if (!motion.usable) return motion;
  const relative = Math.fround(Math.fround(1 / USUAL_MOTION) * motion.value);
  return { usable: true, value: Math.fround(relative ** SHARPNESS) };
}

/**
 * What the change is multiplied by: the motion, and how fast it changes.
 *
 *     factor = M + |10 · (M − M_before) / interval|
 */
export function motionFactor(motion: number, before: number, interval: number): number {
  const gradient = Math.fround(Math.fround(GRADIENT * Math.fround(motion - before)) / interval);
  return Math.fround(motion + Math.abs(gradient));
}

/** Both norms rounded to float32, and their quotient: the source divides norms, not means. */
function normRatio(measurement: Measurement | undefined): Reading {
  const reading = readRatio(measurement);
  if (!reading.usable || measurement?.kind !== 'sums') return reading;
  const value = Math.fround(Math.fround(measurement.numerator) / Math.fround(measurement.denominator));
  return Number.isFinite(value) ? { usable: true, value } : { usable: false, because: 'not-finite' };
}
