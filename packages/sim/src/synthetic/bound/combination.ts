import type { LedgerTerm } from './ledger.ts';
import { stored } from './rounding.ts';

/** What a combination of cached features is compared with: the feature of a fresh pass. */
export interface Wanted {
  /** Its norm, at most. */
  readonly norm: number;
  /** How far it is from the fresh feature that a cached one stands for, at most. */
  readonly variation: (term: LedgerTerm) => number;
}

/**
 * How far Σ weight · cached is from the feature that is wanted, at most.
 *
 * Each cached feature is as far from what is wanted as it is from its own fresh pass, plus as far as that pass is from this one.
 * Where weights do not add up to 1 the rest of what is wanted is missing; with low passes this is so for each band of
 * frequencies, and low passes themselves magnify nothing.
 */
export function combinationError(terms: readonly LedgerTerm[], { norm, variation }: Wanted): number {
  const apart = terms.reduce(
    (sum, term) => sum + Math.abs(term.weight) * (term.kept.apart + variation(term)),
    0,
  );
  if (isPlain(terms)) return apart;
  const size = terms.reduce((sum, { weight, kept }) => sum + Math.abs(weight) * kept.norm, 0);
  return apart + missing(terms) * norm + 2 * stored(size);
}

/** The newest feature as it is. */
function isPlain(terms: readonly LedgerTerm[]): boolean {
  return terms.length === 1 && terms[0]?.weight === 1 && terms[0].lowPass === undefined;
}

/** The largest |Σ weights − 1| over the bands between the low passes' edges. */
function missing(terms: readonly LedgerTerm[]): number {
  const edges = [...terms.map(({ lowPass }) => lowPass ?? Infinity), Infinity];
  return edges.reduce((most, edge) => {
    const passed = terms.filter(({ lowPass = Infinity }) => lowPass >= edge);
    return Math.max(most, Math.abs(passed.reduce((sum, { weight }) => sum + weight, 0) - 1));
  }, 0);
}
