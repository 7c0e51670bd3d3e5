import type { Measurement } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Reason } from '../reason.ts';
import type { CacheDitOptions } from './cache-dit-options.ts';

/** What the rules count. */
export type CacheDitCounters = {
  /** Steps that were reused. */
  readonly cached: number;
  /** The newest of them. */
  readonly lastCached: number | null;
  /** What cache-dit takes for the number of steps reused in a row. */
  readonly continuous: number;
  /** Sum of all indicators that were looked at. */
  readonly accumulated: number;
};

/** Counters of a run that has not reused anything. */
export const noneCached: CacheDitCounters = { cached: 0, lastCached: null, continuous: 0, accumulated: 0 };

/** A decision that needs no indicator. */
export interface Ruling {
  readonly reuse: boolean;
  readonly why: Reason;
  /** The counter of steps reused in a row starts anew. */
  readonly resets?: true;
}

/**
 * Rules 1 … 6 of cache-dit's `can_cache`, in its order; the indicator decides where none of them does.
 *
 * @param step - counted from the last refresh
 * @param mask - digits; empty for none
 * @param maxAccumulated - 0 for no limit
 */
export function ruleBeforeLooking(
  { cached, continuous, accumulated }: CacheDitCounters,
  step: number,
  mask: string,
  options: CacheDitOptions,
  maxAccumulated = 0,
): Ruling | undefined {
  const { maxCached, maxContinuous, maskPolicy, threshold } = options;
  const warmUp = warmUpOf(mask, options);
  const computes = (why: Reason): Ruling => ({ reuse: false, why });
  const limited = (of: string, value: number, limit: number): Ruling =>
    computes({ kind: 'limit', of, value, limit });
  if (step < warmUp && step % options.warmUpInterval === 0)
    return computes({ kind: 'warm-up', until: warmUp });
  if (mask[step] === '1') return computes({ kind: 'schedule' });
  if (mask !== '' && maskPolicy === 'static') return { reuse: true, why: { kind: 'schedule' } };
  if (maxCached >= 0 && cached >= maxCached) return limited('reused steps', cached, maxCached);
  if (maxContinuous >= 0 && continuous >= maxContinuous)
    return { ...limited('steps reused in a row', continuous, maxContinuous), resets: true };
  if (maxAccumulated > 0 && accumulated >= maxAccumulated)
    return limited('accumulated change', accumulated, maxAccumulated);
  return threshold > 0 ? undefined : computes({ kind: 'rule', text: 'a threshold of 0 never reuses' });
}

/** With a mask the warm-up ends with its first run of ones. */
function warmUpOf(mask: string, { warmUp }: CacheDitOptions): number {
  return mask === '' ? warmUp : Math.min(warmUp, leadingOnes(mask));
}

function leadingOnes(mask: string): number {
  const zero = mask.indexOf('0');
  return zero === -1 ? mask.length : zero;
}

// Counters, contexts and states are written out below and in the rules: to copy them by spreads takes longer than the
// rest of a decision.

/** The counters after a reused step. After a gap the number in a row stays what it was, as in the source. */
export function countReuse(counters: CacheDitCounters, step: number): CacheDitCounters {
  const { cached, lastCached, continuous, accumulated } = counters;
  const adjacent = lastCached !== null && step - lastCached === 1;
  const more = lastCached === null ? 1 : adjacent ? (continuous === 0 ? 2 : 1) : 0;
  return { cached: cached + 1, lastCached: step, continuous: continuous + more, accumulated };
}

/** The counters once the number in a row starts anew. */
export function countAnew({ cached, lastCached, accumulated }: CacheDitCounters): CacheDitCounters {
  return { cached, lastCached, continuous: 0, accumulated };
}

/** The counters after a change was looked at; their sum stays finite. */
export function countChange(counters: CacheDitCounters, change: number): CacheDitCounters {
  const { cached, lastCached, continuous } = counters;
  const accumulated = Math.min(Number.MAX_VALUE, counters.accumulated + change);
  return { cached, lastCached, continuous, accumulated };
}

/**
 * A change as cache-dit adds it up. Against a reference of zeros any other value is a change without bound, here the
 * largest number, since a state holds finite ones; what is not a number, such as no change against zeros, is left out.
 */
export function countedChange(measurement: Measurement | undefined): number {
  const reading = readRatio(measurement);
  if (reading.usable) return reading.value;
  if (measurement?.kind !== 'sums') return 0;
  return measurement.numerator / measurement.denominator > 0 ? Number.MAX_VALUE : 0;
}

/** True if the indicator is ever looked at. */
export function looks(mask: string, { threshold, maskPolicy }: CacheDitOptions): boolean {
  return threshold > 0 && threshold < 1 && !(mask !== '' && maskPolicy === 'static');
}

/** How many steps in a row are reused at most; undefined without a limit. A limit of 1 lets two pass, as the source's does. */
export function longestReuse({ mask, maskPolicy, maxContinuous }: CacheDitOptions): number | undefined {
  if (maxContinuous < 0 || (mask !== '' && maskPolicy === 'static')) return undefined;
  return maxContinuous === 0 ? 0 : Math.max(2, maxContinuous);
}

/**
 * Steps that are computed entirely at the beginning of a run. The first is, whatever the options.
 *
 * @param mask - digits; empty for none
 * @param steps - of the run
 */
export function computedAtFirst(options: CacheDitOptions, mask: string, steps: number): number {
  const warmUp = options.warmUpInterval === 1 ? warmUpOf(mask, options) : 1;
  return Math.min(steps, Math.max(1, warmUp));
}
