import type { Entry, Policy, Refusal, ReuseDecision } from '@refrain/core';

/** Where a lane stands, and how long its policy lets an entry be used. */
export interface CacheReader {
  readonly step: number;
  readonly maxAge: number;
}

/**
 * The cache of a run, with steps in the place of features: which entries each branch keeps, newest first. A tiny model
 * of the real one, to compare it with.
 */
export class CacheModel {
  readonly #depth: number;
  readonly #entries = new Map<string, number[]>();

  /**
   * @param policy - how many past features of an entry it has remembered
   * @param from - what it holds at first; nothing when left out
   */
  constructor({ needs }: Pick<Policy, 'needs'>, from?: CacheModel) {
    this.#depth = Math.max(1, needs.history);
    if (from) for (const [key, steps] of from.#entries) this.#entries.set(key, [...steps]);
  }

  /** Remembers that an entry was made at a step. */
  keep(branch: string, entry: Entry, step: number): void {
    const key = keyOf(branch, entry);
    const steps = this.#entries.get(key);
    if (!steps) this.#entries.set(key, [step]);
    else {
      steps.unshift(step);
      if (steps.length > this.#depth) steps.pop();
    }
  }

  /** The steps at which an entry was made, newest first; none if it never was. */
  stepsOf(branch: string, entry: Entry): readonly number[] {
    return this.#entries.get(keyOf(branch, entry)) ?? [];
  }

  /** Why a reuse cannot be carried out; undefined if it can. */
  refusalOf(
    branch: string,
    site: number,
    decision: ReuseDecision,
    { step, maxAge }: CacheReader,
  ): Refusal | undefined {
    const { until, form, slot, weights, steps, borrowed } = decision;
    const entry: Entry = slot === undefined ? { from: site, until, form } : { from: site, until, form, slot };
    const oldest = step - maxAge;
    if (weights.length > 0) {
      const kept = this.stepsOf(branch, entry);
      if (kept.length < weights.length) return 'nothing-cached';
      if (steps?.some((wanted, index) => kept[index] !== wanted)) return 'other-history';
      if ((kept[0] ?? -Infinity) < oldest) return 'too-old';
    }
    for (const term of borrowed ?? []) {
      const lent: Entry = { from: site, until, form, ...(term.slot && { slot: term.slot }) };
      if (!this.stepsOf(term.branch, lent).includes(term.step)) return 'nothing-cached';
      if (term.step < oldest) return 'too-old';
    }
    return undefined;
  }
}

function keyOf(branch: string, { from, until, form, slot = '' }: Entry): string {
  return `${branch} ${from} ${until} ${form} ${slot}`;
}
