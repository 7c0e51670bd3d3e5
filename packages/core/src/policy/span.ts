import type { Indicator } from '../indicator/indicator.ts';
import type { CacheForm, ComputeDecision, Entry, ReuseDecision } from './decision.ts';
import type { Reason } from './reason.ts';

/** Weights of plain reuse: the newest entry as it is. */
const NEWEST: readonly number[] = [1];

/** A decision to compute up to `until`. */
export function compute(
  until: number,
  why: Reason,
  keep: readonly Entry[] = [],
  measure: readonly Indicator[] = [],
): ComputeDecision {
  return { do: 'compute', until, keep, measure, why };
}

/** A decision to reuse the newest entry of a span as it is. */
export function reuse(until: number, form: CacheForm, why: Reason): ReuseDecision {
  return { do: 'reuse', until, form, weights: NEWEST, why };
}

/** The entry that remembers the whole stack of blocks. */
export function wholeStack(length: number, form: CacheForm): readonly Entry[] {
  return [{ from: 0, until: length, form }];
}
