import type { BorrowedTerm, DecisionRecord, Entry } from '@refrain/core';
import type { PassPoint } from './constants.ts';

/** What is known of a cached feature. */
export interface KeptFeature extends PassPoint {
  /** How far it is from the same feature of a freshly computed pass at its step, at most. */
  readonly apart: number;
  /** Its norm, at most. */
  readonly norm: number;
}

/** A cached feature with its weight. */
export interface LedgerTerm {
  readonly weight: number;
  readonly lowPass?: number;
  readonly kept: KeptFeature;
}

/** What the cache of a run held, as the decisions tell. It never forgets: what was reused was there. */
export class Ledger {
  readonly #kept = new Map<string, KeptFeature[]>();

  /** Remembers a feature as the newest of its entry. */
  keep(entry: Entry, feature: KeptFeature): void {
    const key = keyOf(feature.branch, entry);
    this.#kept.set(key, [feature, ...(this.#kept.get(key) ?? [])]);
  }

  /** The features that a reuse combined; undefined if the decisions before it did not keep them. */
  find(record: DecisionRecord): readonly LedgerTerm[] | undefined {
    const { site, until, form = 'residual', weights = [1], slot, borrowed = [], branch } = record;
    const entryIn = (other?: string): Entry => ({ from: site, until, form, ...(other && { slot: other }) });
    const own = this.#kept.get(keyOf(branch, entryIn(slot))) ?? [];
    const terms = [
      ...weights.map((weight, index) => termOf(own[index], { weight })),
      ...borrowed.map((term) => {
        const others = this.#kept.get(keyOf(term.branch, entryIn(term.slot)));
        return termOf(
          others?.find(({ step }) => step === term.step),
          term,
        );
      }),
    ];
    const found = terms.filter((term) => term !== undefined);
    return found.length === terms.length ? found : undefined;
  }
}

function termOf(
  kept: KeptFeature | undefined,
  { weight, lowPass }: Pick<BorrowedTerm, 'weight' | 'lowPass'>,
): LedgerTerm | undefined {
  return kept && { weight, kept, ...(lowPass !== undefined && { lowPass }) };
}

function keyOf(branch: string, { from, until, form, slot = '' }: Entry): string {
  return `${branch} ${from} ${until} ${form} ${slot}`;
}
