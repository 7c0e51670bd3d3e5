import type { Decision, Observation, ReuseDecision } from '../decision.ts';
import { entryKey, entryOf } from './carried.ts';
import { arrived, nothingWaits, type WaitingEntries } from './waiting-entries.ts';

/**
 * How old the content of each entry is. An entry that spans something which was itself taken from the cache is as old
 * as that, whenever it was kept.
 */
export type ContentAge = {
  /** For each position of the current pass, from the sample on, the step whose computation stands there. */
  readonly positions: readonly number[];
  /** For each entry the oldest step that is in it. */
  readonly entries: Readonly<Record<string, number>>;
  /** Entries of the current pass that are not complete yet. */
  readonly waiting: WaitingEntries;
};

/** Nothing computed yet. */
export function noContent(length: number): ContentAge {
  return { positions: Array.from({ length: length + 2 }, () => -1), entries: {}, waiting: nothingWaits };
}

/** The oldest step that a reuse would bring into the stream; undefined if nothing is known of what it takes. */
export function contentStep(
  { entries }: ContentAge,
  decision: ReuseDecision,
  site: number,
): number | undefined {
  const { weights, borrowed = [] } = decision;
  const own = entries[entryKey(entryOf(decision, site))];
  if (weights.length > 0 && own === undefined) return undefined;
  const steps = [
    ...(weights.length > 0 && own !== undefined ? [own] : []),
    ...borrowed.map(({ step }) => step),
  ];
  return steps.length > 0 ? Math.min(...steps) : undefined;
}

/** What is known after a decision was carried out. */
export function withContent(content: ContentAge, decision: Decision, seen: Observation): ContentAge {
  if (seen.did === 'measured') return content;
  const { step, site, until, did } = seen;
  const taken =
    did === 'reused' && decision.do === 'reuse' ? (contentStep(content, decision, site) ?? -1) : step;
  const positions = content.positions.map((old, index) => (index > site && index <= until ? taken : old));
  const { kept, waiting } = arrived(content.waiting, decision, seen);
  const entries = { ...content.entries };
  // Position p stands at index p + 1, since the sample is position −1.
  for (const entry of kept)
    entries[entryKey(entry)] = Math.min(...positions.slice(entry.from + 1, entry.until + 1));
  return { positions, entries, waiting };
}
