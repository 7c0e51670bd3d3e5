import type { Indicator } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { integerOption, numberOption, numbersOption } from '../options.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse, wholeStack } from '../span.ts';
import { polynomial } from './polynomial.ts';

/** Options of {@link teacache}. */
export interface TeaCacheOptions {
  /** The residual is reused while the accumulated, rescaled change stays below this. Published: 0.05 … 0.6 by model. */
  readonly threshold: number;
  /** Polynomial that rescales the change of the modulated input to a change of the output, highest power first. */
  readonly coefficients: readonly number[];
  /** Sketch of the indicator: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

/** What TeaCache remembers between steps. */
export type TeaCacheState = {
  readonly length: number;
  readonly steps: number;
  /** Change accumulated since the last computed step. */
  readonly accumulated: number;
  /** What the current step will do, once its indicator is in. */
  readonly verdict: { readonly step: number; readonly reuse: boolean; readonly why: Reason } | null;
};

/**
 * TeaCache (ali-vilab/TeaCache, commit 7c10efc; arXiv 2411.19108): step-level reuse. The relative L1 change of block
 * 0's modulated input between neighbouring steps is rescaled by a polynomial and summed up; while the sum stays below
 * the threshold, the residual of the whole stack is reused, else the step is computed and the sum starts anew.
 *
 *     a ← a + poly(‖m_s − m_{s−1}‖₁ / ‖m_{s−1}‖₁);   reuse(s) ⇔ a < threshold;   compute: a ← 0
 *
 * The first and the last step are always computed. The ratio is rounded to float32, the polynomial and the comparison
 * are float64, as in the source. Coefficients belong to a model; the default, the identity, suits none in particular.
 */
export const teacache: PolicyFactory<TeaCacheOptions, TeaCacheState> = definePolicy<
  TeaCacheOptions,
  TeaCacheState
>({
  name: 'teacache',
  about: 'reuses a step while the accumulated change of the first modulated input is small (TeaCache)',
  options: {
    threshold: numberOption('reuse while the accumulated change is below this', 0.1, {
      min: 0,
      quoted: true,
    }),
    coefficients: numbersOption('polynomial that rescales the change, highest power first', [1, 0], {
      minLength: 1,
    }),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  rule: (options) => ({
    granularity: 'step',
    needs: { modulated: 'first', history: 1 },
    limits: () => ({ warmUp: 1, tail: 1 }),
    init: (run) => ({ length: run.stream.length, steps: run.steps, accumulated: 0, verdict: null }),
    next: (state, { step }) => decide(state, step, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

const CHANGE = 'modulated input of block 0';

function indicator(stride: number): Indicator {
  const tap = { of: 'modulated', at: 0 } as const;
  return { name: CHANGE, tap, against: 'seen', ...(stride > 1 ? { stride } : {}) };
}

function decide(state: TeaCacheState, step: number, { stride }: TeaCacheOptions): Decision {
  const { length, verdict } = state;
  const last = state.steps - 1;
  // The last step is computed whatever the indicator says, and nothing is compared with it afterwards.
  if (step === last && step > 0) return compute(length, { kind: 'tail', from: last });
  if (verdict?.step !== step) return { do: 'measure', what: [indicator(stride)], why: { kind: 'look' } };
  if (verdict.reuse) return reuse(length, 'residual', verdict.why);
  return compute(length, verdict.why, step < last - 1 ? wholeStack(length, 'residual') : []);
}

function observe(state: TeaCacheState, seen: Observation, options: TeaCacheOptions): TeaCacheState {
  if (seen.did === 'computed') return { ...state, accumulated: 0 };
  if (seen.did === 'reused') return state;
  const { step } = seen;
  const computes = (why: Reason): TeaCacheState => ({
    ...state,
    accumulated: 0,
    verdict: { step, reuse: false, why },
  });
  if (step === 0) return computes({ kind: 'first' });
  const change = readRatio(seen.measured[CHANGE]);
  if (!change.usable) return computes({ kind: 'no-indicator', because: change.because });
  const accumulated = state.accumulated + polynomial(options.coefficients, change.value);
  if (!Number.isFinite(accumulated)) return computes({ kind: 'no-indicator', because: 'not-finite' });
  const { threshold } = options;
  if (accumulated >= threshold) return computes({ kind: 'above-threshold', value: accumulated, threshold });
  return {
    ...state,
    accumulated,
    verdict: { step, reuse: true, why: { kind: 'below-threshold', value: accumulated, threshold } },
  };
}
