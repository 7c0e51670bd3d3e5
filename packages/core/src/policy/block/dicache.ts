import type { Indicator } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { dicacheOptions, windowsOf, type DicacheOptions } from './dicache-options.ts';
import {
  emptyWindow,
  gammaOf,
  readDistances,
  remember,
  windowIndicators,
  type ProbeDistances,
  type ProbeWindow,
} from './dicache-window.ts';
import { endsMisfit, middleOf } from './middle.ts';

/** What DiCache remembers between steps. */
export type DicacheState = {
  readonly length: number;
  /** Where the probe ends; `length` if it is the whole model. */
  readonly probe: number;
  /** Steps before this are computed. */
  readonly warmUp: number;
  /** Steps from this on are computed. */
  readonly tail: number;
  /** Change since the last computed step, in float32. */
  readonly accumulated: number;
  readonly window: ProbeWindow;
  /** What the current step has seen so far. */
  readonly seen: {
    readonly step: number;
    /** Change of the input; null before it was looked at, or where it could not be read. */
    readonly input: { readonly value: number | null } | null;
    readonly distances: ProbeDistances | null;
    readonly verdict: { readonly reuse: boolean; readonly why: Reason } | null;
  };
};

/**
 * DiCache (Bujiazi/DiCache, commit dd7f0de; arXiv 2508.17356): the first m blocks are computed in every step as a probe.
 * The change of its output y between neighbouring steps is summed up (with `delta_minus`: its distance from the change
 * of the input x); while the sum stays below the threshold, the rest is made from the last two computed steps, as far
 * apart as the probe says:
 *
 *     a ← a + ‖y_s − y_{s−1}‖₁/‖y_{s−1}‖₁;   reuse(s) ⇔ a < threshold;   compute: a ← 0
 *     out = y + r[−2] + γ (r[−1] − r[−2]),   γ = |p − p[−2]| / |p[−1] − p[−2]|,   p = y − x
 *
 * where r is what the blocks after the probe added. (The source takes r over all blocks and adds it to x. The two differ
 * by p − (p[−2] + γ (p[−1] − p[−2])): what the probe really added, in place of a forecast of it.)
 *
 * - `flux`: computes the steps up to and including ⌊retention · T⌋ and the last one; γ is 1 … 1.5;
 * - `hunyuan`: computes the steps before ⌊retention · T⌋; reuses at equality too; γ is 1 … 1.5;
 * - `wan`: the same, with the steps of all branches counted together, not at equality; γ is 1 … 2.
 *
 * Sums and comparisons are float32, as in the source.
 */
export const dicache: PolicyFactory<DicacheOptions, DicacheState> = definePolicy<
  DicacheOptions,
  DicacheState
>({
  name: 'dicache',
  about: 'probes with the first blocks, and forecasts the others along the same way (DiCache)',
  options: dicacheOptions,
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 2 },
    limits: (run) => {
      // Later branches begin to reuse first.
      const { warmUp, tail } = windowsOf({ ...run, branch: run.branches.at(-1) ?? run.branch }, options);
      return { warmUp, tail: run.steps - tail };
    },
    fit: (run) => endsMisfit({ front: options.probe, back: 0 }, run),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

function initialState(run: RunShape, options: DicacheOptions): DicacheState {
  const { from, until } = middleOf(run.stream.blocks, { front: options.probe, back: 0 });
  return {
    length: run.stream.length,
    probe: from === until ? run.stream.length : from,
    ...windowsOf(run, options),
    accumulated: 0,
    window: emptyWindow,
    seen: unseen(-1),
  };
}

function unseen(step: number): DicacheState['seen'] {
  return { step, input: null, distances: null, verdict: null };
}

function decide(state: DicacheState, { step, site }: Position, options: DicacheOptions): Decision {
  const { length, probe, tail, window } = state;
  if (probe === length || site > probe) return compute(length, { kind: 'always-compute' });
  const seen = state.seen.step === step ? state.seen : unseen(step);
  const why = whyComputed(state, step) ?? (seen.verdict?.reuse === false ? seen.verdict.why : undefined);
  const keep = step + 1 < tail ? [{ from: probe, until: length, form: 'residual' as const }] : [];
  const watch = windowIndicators(window, probe, options.stride);
  const minus = options.error === 'delta_minus' && !seen.input ? [streamAt(INPUT, 0, options)] : [];
  if (site > 0) {
    if (why) return compute(length, why, keep);
    if (seen.verdict) return forecast(state, seen.verdict.why, options);
    return { do: 'measure', what: [streamAt(PROBE, probe, options)], why: { kind: 'look' } };
  }
  if (why)
    return compute(
      length,
      why,
      keep,
      keep.length > 0 ? [...minus, ...watch, streamAt(PROBE, probe, options)] : [],
    );
  if (minus.length > 0) return { do: 'measure', what: minus, why: { kind: 'look' } };
  return compute(probe, { kind: 'look' }, [], watch);
}

const INPUT = 'input';
const PROBE = 'output of the probe';

function streamAt(name: string, at: number, { stride }: DicacheOptions): Indicator {
  const tap = { of: 'stream', at } as const;
  return stride > 1 ? { name, tap, against: 'seen', stride } : { name, tap, against: 'seen' };
}

/** What no indicator can change. */
function whyComputed({ warmUp, tail, window }: DicacheState, step: number): Reason | undefined {
  if (step >= tail && step > 0) return { kind: 'tail', from: tail };
  if (step < warmUp && step > 0) return { kind: 'warm-up', until: warmUp };
  return window.count === 0 ? { kind: 'first' } : undefined;
}

/** The rest from the cache: the newest residual, or the line through both, γ along it. */
function forecast(
  { length, window, seen }: DicacheState,
  why: Reason,
  { variant }: DicacheOptions,
): Decision {
  const gamma = gammaOf(window, seen.distances ?? undefined, variant === 'wan' ? 2 : 1.5);
  if (gamma === 1) return reuse(length, 'residual', why);
  const weights = [gamma, 1 - gamma];
  return { do: 'reuse', until: length, form: 'residual', weights, steps: window.steps, why };
}

function observe(state: DicacheState, seen: Observation, options: DicacheOptions): DicacheState {
  const { step, site, measured } = seen;
  const own = state.seen.step === step ? state.seen : unseen(step);
  if (seen.did === 'measured')
    return site === 0 ? seeInput(state, own, seen) : judge(state, own, seen, options);
  if (seen.did === 'reused' || site > state.probe) return state;
  const distances = readDistances(state.window, measured) ?? own.distances;
  const { input, verdict } = own;
  if (seen.until <= state.probe && state.probe < state.length)
    return after(state, state.accumulated, { step, input, distances, verdict });
  const window = distances ? remember(state.window, step, distances) : state.window;
  return after(state, 0, { step, input, distances: null, verdict }, window);
}

/** The next state. Written out, as is what a step has seen: spreads take longer than the rest of a decision. */
function after(
  { length, probe, warmUp, tail, window: before }: DicacheState,
  accumulated: number,
  seen: DicacheState['seen'],
  window = before,
): DicacheState {
  return { length, probe, warmUp, tail, accumulated, window, seen };
}

/** With `delta_minus`: the change of the input, without which the step is computed. */
function seeInput(
  state: DicacheState,
  { step, distances, verdict: before }: DicacheState['seen'],
  { measured }: Observation,
): DicacheState {
  const change = readRatio(measured[INPUT]);
  const input = { value: change.usable ? change.value : null };
  const verdict = change.usable
    ? before
    : { reuse: false, why: { kind: 'no-indicator', because: change.because } as const };
  return after(state, state.accumulated, { step, input, distances, verdict });
}

function judge(
  state: DicacheState,
  { step, input, distances }: DicacheState['seen'],
  { measured }: Observation,
  { threshold, error, variant }: DicacheOptions,
): DicacheState {
  const change = readRatio(measured[PROBE]);
  const decided = (accumulated: number, reused: boolean, why: Reason): DicacheState =>
    after(state, accumulated, { step, input, distances, verdict: { reuse: reused, why } });
  if (!change.usable) return decided(0, false, { kind: 'no-indicator', because: change.because });
  const inputChange = error === 'delta_minus' ? (input?.value ?? 0) : 0;
  const value = Math.fround(state.accumulated + Math.abs(Math.fround(change.value - inputChange)));
  const limit = Math.fround(threshold);
  return value < limit || (variant === 'hunyuan' && value === limit)
    ? decided(value, true, { kind: 'below-threshold', value, threshold })
    : decided(0, false, { kind: 'above-threshold', value, threshold });
}
