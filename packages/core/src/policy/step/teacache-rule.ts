import type { Indicator, Tap } from '../../indicator/indicator.ts';
import type { Decision, Observation } from '../decision.ts';
import type { RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse, wholeStack } from '../span.ts';
import type { TeaCacheArithmetic } from './teacache-variants.ts';

/** TeaCache's rule with everything filled in, for a run. */
export interface TeaCacheRule {
  readonly threshold: number;
  readonly coefficients: readonly number[];
  readonly arithmetic: TeaCacheArithmetic;
  readonly tap: Tap;
  readonly stride: number;
  /** Steps 0 … warmUp − 1 of a run of so many steps are computed. */
  warmUp(steps: number): number;
  /** The last steps that are computed. */
  readonly tail: number;
  /** Steps of one generation, in a run of so many steps. */
  generation(steps: number): number;
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

/** The state before the first step. */
export function openTeaCache({ stream, steps }: RunShape): TeaCacheState {
  return { length: stream.length, steps, accumulated: 0, verdict: null };
}

/** Looks at the signal, then decides. */
export function decideTeaCache(state: TeaCacheState, step: number, rule: TeaCacheRule): Decision {
  const { length, verdict, steps } = state;
  const warmUp = rule.warmUp(steps);
  // Each look replaces the one before it: only that of the last step of the warm-up is compared with.
  if (step < warmUp - 1) return compute(length, whyForced(step, warmUp));
  const tailFrom = steps - rule.tail;
  // The tail is computed whatever the indicator says, and nothing is compared with it afterwards.
  if (step >= tailFrom && step > 0) return compute(length, { kind: 'tail', from: tailFrom });
  if (verdict?.step !== step) return { do: 'measure', what: [indicatorOf(rule)], why: { kind: 'look' } };
  if (verdict.reuse) return reuse(length, 'residual', verdict.why);
  return compute(length, verdict.why, step + 1 < tailFrom ? wholeStack(length, 'residual') : []);
}

/** The sum after a look, and what it means for the step. */
export function observeTeaCache(state: TeaCacheState, seen: Observation, rule: TeaCacheRule): TeaCacheState {
  if (seen.did === 'reused') return state;
  // Written out here and below: a spread of the state takes longer than the rest of the decision.
  const { length, steps, verdict } = state;
  if (seen.did === 'computed') return { length, steps, accumulated: 0, verdict };
  const { step } = seen;
  const { arithmetic, coefficients, threshold } = rule;
  const computes = (why: Reason): TeaCacheState => ({
    length,
    steps,
    accumulated: 0,
    verdict: { step, reuse: false, why },
  });
  const warmUp = rule.warmUp(steps);
  if (step < warmUp) return computes(whyForced(step, warmUp));
  if (arithmetic.forces(step, rule.generation(steps))) return computes({ kind: 'schedule' });
  const change = arithmetic.read(seen.measured[nameOf(rule.tap)]);
  if (!change.usable) return computes({ kind: 'no-indicator', because: change.because });
  const accumulated = arithmetic.add(state.accumulated, coefficients, change.value);
  if (!Number.isFinite(accumulated)) return computes({ kind: 'no-indicator', because: 'not-finite' });
  if (accumulated >= arithmetic.threshold(threshold))
    return computes({ kind: 'above-threshold', value: accumulated, threshold });
  const why: Reason = { kind: 'below-threshold', value: accumulated, threshold };
  return { length, steps, accumulated, verdict: { step, reuse: true, why } };
}

function whyForced(step: number, warmUp: number): Reason {
  return step === 0 ? { kind: 'first' } : { kind: 'warm-up', until: warmUp };
}

function indicatorOf({ tap, stride }: TeaCacheRule): Indicator {
  const name = nameOf(tap);
  return stride > 1 ? { name, tap, against: 'seen', stride } : { name, tap, against: 'seen' };
}

function nameOf(tap: Tap): string {
  return tap.of === 'conditioning' ? tap.name : 'modulated input of block 0';
}
