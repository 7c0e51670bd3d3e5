import type { Entry } from '@refrain/core';

/** Entries of one pass that wait until it has reached their end. */
export class PendingEntries {
  #waiting: readonly Entry[] = [];

  /** Entries that a decision wants kept. */
  want(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#waiting = [...this.#waiting, ...entries];
  }

  /** What is complete once a span was computed; the rest goes on waiting. */
  computed(until: number): readonly Entry[] {
    if (this.#waiting.length === 0) return [];
    const complete = this.#waiting.filter((entry) => entry.until <= until);
    if (complete.length > 0) this.#waiting = this.#waiting.filter((entry) => entry.until > until);
    return complete;
  }

  /**
   * What is complete once a span was taken from the cache. Where its inside was jumped over nothing can be kept; the
   * value of a module that was taken from the cache is not computed.
   */
  reused(site: number, until: number, form: Entry['form']): readonly Entry[] {
    if (this.#waiting.length === 0) return [];
    const jumped = (entry: Entry): boolean =>
      form === 'value'
        ? entry.form === 'value' && entry.from === site
        : entry.until < until && entry.until > site;
    this.#waiting = this.#waiting.filter((entry) => !jumped(entry));
    return this.computed(until);
  }
}
