import type { Entry, Observation } from '../decision.ts';
import { isSame } from './carried.ts';

/** The steps at which an entry was kept, newest first. */
export type KeptEntry = {
  readonly entry: Pick<Entry, 'from' | 'until' | 'form' | 'slot'>;
  readonly steps: readonly number[];
};

/** All that was kept, by the position where it begins, the sample first. */
export type KeptEntries = readonly (readonly KeptEntry[])[];

/** Nothing kept yet in a stream of a length. */
export function nothingKept(length: number): KeptEntries {
  return Array.from({ length: length + 2 }, () => []);
}

/** The steps at which an entry was kept, newest first. */
export function keptSteps(kept: KeptEntries, entry: Entry): readonly number[] {
  return kept[entry.from + 1]?.find((one) => isSame(one.entry, entry))?.steps ?? [];
}

/**
 * What is known after more was kept.
 *
 * @param depth - how many steps of an entry are remembered
 */
export function withKept(
  { kept, depth }: { readonly kept: KeptEntries; readonly depth: number },
  entries: readonly Entry[],
  { step, refused }: Observation,
): KeptEntries {
  if (entries.length === 0) return kept;
  // After a refusal the cache begins anew, unless what it has was only too old.
  const anew = refused !== undefined && refused !== 'too-old';
  const changed = [...kept];
  for (const entry of entries) {
    const here = changed[entry.from + 1] ?? [];
    const steps = [step, ...(anew ? [] : keptSteps(changed, entry))].slice(0, depth);
    changed[entry.from + 1] = [...here.filter((one) => !isSame(one.entry, entry)), { entry, steps }];
  }
  return changed;
}
