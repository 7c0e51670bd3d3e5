import type { SweepRow } from '../../sweep/sweep-row.ts';
import type { SweepContents } from './fingerprint.ts';
import { mismatch } from './prior-rows.ts';

/** The items of a sweep, each one policy on one recording, and the rows of those that are done. */
export class SweepItems {
  readonly #contents: SweepContents;
  readonly #rows = new Map<number, SweepRow>();
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(contents: SweepContents, rows: readonly SweepRow[], file: string) {
    this.#contents = contents;
    this.#numbers = new Map(contents.policies.map((policy, index) => [policy, index]));
    this.add(rows, file);
  }

  get total(): number {
    return this.#contents.policies.length * this.#contents.recordings.length;
  }

  get done(): number {
    return this.#rows.size;
  }

  add(rows: readonly SweepRow[], file: string): void {
    const { length } = this.#contents.recordings;
    for (const row of rows) {
      const policy = this.#numbers.get(row.policy);
      if (policy === undefined || !(row.recording >= 0 && row.recording < length))
        throw mismatch(
          file,
          `has a result of ${row.policy} on recording ${row.recording}`,
          'choose another file',
        );
      this.#rows.set(policy * length + row.recording, row);
    }
  }

  left(): readonly number[] {
    return Array.from({ length: this.total }, (_, item) => item).filter((item) => !this.#rows.has(item));
  }

  rows(): readonly SweepRow[] {
    return [...this.#rows].toSorted(([a], [b]) => a - b).map(([, row]) => row);
  }

  describe(item: number): string {
    const { policies, recordings } = this.#contents;
    const recording = item % recordings.length;
    return `${policies[Math.floor(item / recordings.length)]} on recording ${recording} ("${recordings[recording]?.label}")`;
  }
}
