import type { Decision, Entry, Observation } from '../decision.ts';
import { isSame } from './carried.ts';
import { arrived, nothingWaits, type PlainEntry, type WaitingEntries } from './waiting-entries.ts';

/** The steps at which an entry was kept, newest first. */
export type KeptEntry = { readonly entry: PlainEntry; readonly steps: readonly number[] };

/** What the cache holds as far as decisions tell, and what waits to be kept. */
export type KeptEntries = {
  /** By the position where an entry begins, the sample first. */
  readonly starting: readonly (readonly KeptEntry[])[];
  readonly waiting: WaitingEntries;
};

/** Nothing kept yet in a stream of a length. */
export function nothingKept(length: number): KeptEntries {
  return { starting: Array.from({ length: length + 2 }, () => []), waiting: nothingWaits };
}

/** The steps at which an entry was kept, newest first. */
export function keptSteps({ starting }: Pick<KeptEntries, 'starting'>, entry: Entry): readonly number[] {
  return starting[entry.from + 1]?.find((one) => isSame(one.entry, entry))?.steps ?? [];
}

/**
 * What is known after a decision was carried out.
 *
 * @param before - what was known
 * @param depth - how many steps of an entry are remembered
 */
export function withKept(
  before: KeptEntries,
  depth: number,
  decision: Decision,
  seen: Observation,
): KeptEntries {
  const { kept, waiting } = arrived(before.waiting, decision, seen);
  if (kept.length === 0) return waiting === before.waiting ? before : { ...before, waiting };
  const { step, refused } = seen;
  // After a refusal the cache begins anew, unless what it has was only too old.
  const anew = refused !== undefined && refused !== 'too-old';
  const starting = [...before.starting];
  for (const entry of kept) {
    const here = starting[entry.from + 1] ?? [];
    const old = anew ? [] : keptSteps({ starting }, entry);
    const others = here.filter((one) => !isSame(one.entry, entry));
    starting[entry.from + 1] = [...others, { entry, steps: [step, ...old].slice(0, depth) }];
  }
  return { starting, waiting };
}
