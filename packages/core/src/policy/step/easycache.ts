import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import { autoOption } from '../auto-option.ts';
import { outputOf, SAMPLE, type Decision, type Entry, type Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, numberOption } from '../options.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';

/** Options of {@link easycache}. */
export interface EasyCacheOptions {
  /** The output is reused while the accumulated, predicted change stays below this. Hunyuan 0.025, Wan 0.05. */
  readonly threshold: number;
  /** Whose rule: each branch for itself (HunyuanVideo), or the first branch for all of them (Wan 2.1). */
  readonly variant: 'hunyuan' | 'wan';
  /** Steps computed at the start. `auto`: 5 for Hunyuan, 10 for Wan, as their scripts have it. */
  readonly warmUp: number | 'auto';
}

/** What EasyCache remembers. */
export type EasyCacheState = {
  readonly length: number;
  readonly steps: number;
  /** The branch that decides for others, where one does. */
  readonly leader: string | null;
  /** k: how much the output changes for a change of the sample, between the last two computed steps. */
  readonly rate: number | null;
  /** Mean magnitude of the last computed output. */
  readonly magnitude: number | null;
  /** Predicted change, accumulated since the last computed step. */
  readonly accumulated: number;
  /** What the current step will do, once the sample was looked at. */
  readonly verdict: { readonly step: number; readonly reuse: boolean; readonly why: Reason } | null;
};

/**
 * EasyCache (H-EmbodVis/EasyCache, commit 5127804; arXiv 2507.02860): the whole model is skipped while the output is
 * predicted to stay. What is added to the sample x is the last computed output minus its sample. With y the last computed
 * output, and k the ratio of the changes of output and sample between the last two computed steps,
 *
 *     a ← a + k · mean|x_s − x_{s−1}| / mean|y|;   reuse(s) ⇔ a < threshold;   compute: a ← 0
 *
 * The sample's change is that between neighbouring steps, computed or not. The first `warmUp` steps and the last one are
 * computed. All arithmetic is float32, the threshold included, as on the source's tensors.
 *
 * @example
 * ```ts
 * easycache({ threshold: 0.05, variant: 'wan' });
 * ```
 */
export const easycache: PolicyFactory<EasyCacheOptions, EasyCacheState> = definePolicy<
  EasyCacheOptions,
  EasyCacheState
>({
  name: 'easycache',
  about: 'skips the whole model while its output is predicted to stay (EasyCache)',
  options: {
    threshold: numberOption('reuse while the accumulated, predicted change is below this', 0.025, {
      min: 0,
      quoted: true,
    }),
    variant: choiceOption('each branch for itself, or the first for all', ['hunyuan', 'wan'], 'hunyuan'),
    warmUp: autoOption(integerOption('steps computed at the start', 5, { min: 1 })),
  },
  rule({ threshold, variant, warmUp: given }) {
    const warmUp = given === 'auto' ? WARM_UP[variant] : given;
    return {
      granularity: 'step',
      needs: { model: true, history: 1 },
      ...(variant === 'wan' && { shared: true as const }),
      limits: ({ steps }) => ({ warmUp: Math.min(warmUp, steps), tail: Math.min(1, steps) }),
      init: (run) => open(run, variant),
      next: (state, at) => decide(state, at, warmUp),
      observe: (state, seen) => observe(state, seen, threshold),
    };
  },
});

const WARM_UP = { hunyuan: 5, wan: 10 } as const;

const ADJACENT = 'change of the sample since the step before';
const SAMPLE_CHANGE = 'change of the sample since the last computed step';
const OUTPUT_CHANGE = 'change of the output since the last computed step';
const MAGNITUDE = 'magnitude of the output';

function open({ stream, steps, branches }: RunShape, variant: EasyCacheOptions['variant']): EasyCacheState {
  return {
    length: stream.length,
    steps,
    leader: variant === 'wan' ? (branches[0] ?? null) : null,
    rate: null,
    magnitude: null,
    accumulated: 0,
    verdict: null,
  };
}

function decide(state: EasyCacheState, { step, branch, site }: Position, warmUp: number): Decision {
  const { steps, leader, verdict, length } = state;
  const until = outputOf(length);
  const last = steps - 1;
  const keep = step < last && step + 1 >= warmUp ? theOutput(site, until) : [];
  if (leader !== null && branch !== leader) {
    const why: Reason = { kind: 'follows', branch: leader };
    return isReused(state, step) ? reuse(until, 'residual', why) : compute(until, why, keep);
  }
  if (step === last && step > 0) return compute(until, { kind: 'tail', from: last });
  // Where another policy has entered the model, its sample can no longer be looked at.
  if (site !== SAMPLE) return compute(until, { kind: 'no-indicator', because: 'no-reference' });
  if (step < warmUp) {
    const why: Reason = step === 0 ? { kind: 'first' } : { kind: 'warm-up', until: warmUp };
    const looks = step === warmUp - 1 ? [adjacent] : [];
    return compute(until, why, keep, [...looks, ...changes(until)]);
  }
  if (verdict?.step !== step) return { do: 'measure', what: [adjacent], why: { kind: 'look' } };
  if (verdict.reuse) return reuse(until, 'residual', verdict.why);
  return compute(until, verdict.why, keep, changes(until));
}

function isReused({ verdict }: EasyCacheState, step: number): boolean {
  return verdict?.step === step && verdict.reuse;
}

function theOutput(site: number, until: number): readonly Entry[] {
  return site === SAMPLE ? [{ from: SAMPLE, until, form: 'residual' }] : [];
}

const adjacent: Indicator = { name: ADJACENT, tap: { of: 'stream', at: SAMPLE }, against: 'seen' };

/** What a computed step measures for k and for the next prediction. */
function changes(until: number): readonly Indicator[] {
  const output = { of: 'stream', at: until } as const;
  return [
    { name: SAMPLE_CHANGE, tap: { of: 'stream', at: SAMPLE }, against: 'computed' },
    { name: OUTPUT_CHANGE, tap: output, against: 'computed' },
    { name: MAGNITUDE, tap: output, against: 'computed', quantity: 'magnitude' },
  ];
}

function observe(state: EasyCacheState, seen: Observation, threshold: number): EasyCacheState {
  const { length, steps, leader, rate, magnitude } = state;
  if (leader !== null && seen.branch !== leader) return state;
  if (seen.did === 'reused') return state;
  if (seen.did === 'computed') return computed(state, seen.measured);
  const { reuse: reuses, why } = judge(state, seen.measured[ADJACENT], threshold);
  const accumulated = why.kind === 'below-threshold' ? why.value : 0;
  const verdict = { step: seen.step, reuse: reuses, why };
  // Here and below written out: a spread of the state takes longer than the rest of the decision.
  return { length, steps, leader, rate, magnitude, accumulated, verdict };
}

function judge(
  { rate, magnitude, accumulated }: EasyCacheState,
  measurement: Measurement | undefined,
  threshold: number,
): { readonly reuse: boolean; readonly why: Reason } {
  // A sample of zeros is nothing to divide by, but the rule divides by the output.
  if (measurement?.kind === 'shape-changed') return unusable('shape-changed');
  if (measurement?.kind !== 'sums' || rate === null || magnitude === null) return unusable('no-reference');
  const change = Math.fround(meanDifference(measurement) / magnitude);
  const sum = Math.fround(accumulated + Math.fround(rate * change));
  if (!Number.isFinite(sum)) return unusable('not-finite');
  const below = sum < Math.fround(threshold);
  return {
    reuse: below,
    why: { kind: below ? 'below-threshold' : 'above-threshold', value: sum, threshold },
  };
}

function unusable(because: (Reason & { kind: 'no-indicator' })['because']): {
  readonly reuse: false;
  readonly why: Reason;
} {
  return { reuse: false, why: { kind: 'no-indicator', because } };
}

/** After a computed step: k where two computed steps can be compared, and the magnitude for the next prediction. */
function computed(state: EasyCacheState, measured: Observation['measured']): EasyCacheState {
  const { length, steps, leader } = state;
  let { rate, magnitude } = state;
  if (measured[MAGNITUDE]) {
    const mean = readRatio(measured[MAGNITUDE]);
    const ratio = Math.fround(
      meanDifference(measured[OUTPUT_CHANGE]) / meanDifference(measured[SAMPLE_CHANGE]),
    );
    rate = Number.isFinite(ratio) ? ratio : null;
    magnitude = mean.usable && mean.value > 0 ? mean.value : null;
  }
  return { length, steps, leader, rate, magnitude, accumulated: 0, verdict: null };
}

/** mean|current − reference| in float32; NaN where there is none. */
function meanDifference(measurement: Measurement | undefined): number {
  return measurement?.kind === 'sums' ? Math.fround(measurement.numerator / measurement.count) : Number.NaN;
}
