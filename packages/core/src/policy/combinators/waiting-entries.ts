import type { Decision, Entry, Observation } from '../decision.ts';
import { keptBy } from './carried.ts';

/** An entry as plain data. */
export type PlainEntry = Pick<Entry, 'from' | 'until' | 'form' | 'slot'>;

/** Entries of a pass that are kept once it reaches their end. */
export type WaitingEntries = { readonly step: number; readonly entries: readonly PlainEntry[] };

/** Nothing waits. */
export const nothingWaits: WaitingEntries = { step: -1, entries: [] };

/** What a decision left behind: entries that are kept now, and those that go on waiting. */
export interface Arrived {
  readonly kept: readonly PlainEntry[];
  readonly waiting: WaitingEntries;
}

/**
 * Which entries are kept when a decision was carried out. One that ends behind the span waits for the pass to get there;
 * where its end lies inside a span that was taken from the cache, the pass never stands there, and it is lost.
 *
 * @param before - what waited
 */
export function arrived(before: WaitingEntries, decision: Decision, seen: Observation): Arrived {
  const { step, site, until, did } = seen;
  const earlier = before.step === step ? before.entries : [];
  if (did === 'measured') return { kept: [], waiting: before };
  const wanted = [...earlier, ...keptBy(decision, seen)];
  if (wanted.length === 0) return { kept: [], waiting: before };
  const reached =
    did === 'reused' ? wanted.filter((entry) => !(site < entry.until && entry.until < until)) : wanted;
  return {
    kept: reached.filter((entry) => entry.until <= until),
    waiting: { step, entries: reached.filter((entry) => entry.until > until) },
  };
}
