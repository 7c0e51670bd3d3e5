/** How far two streams are apart along their positions, and how far apart what was added between two positions is. */
export class Path {
  readonly #apart: (number | undefined)[];
  readonly #added: Float64Array;

  /** @param length - of the stream */
  constructor(length: number) {
    this.#apart = Array.from({ length: length + 1 }, () => undefined);
    this.#apart[0] = 0;
    this.#added = new Float64Array(length + 1);
  }

  /** How far apart they are at a position; undefined where one of them never stood. */
  at(position: number): number | undefined {
    return this.#apart[position];
  }

  /** Begins somewhere else than together. */
  start(apart: number): void {
    this.#apart[0] = apart;
  }

  /** One position on: both have been added to, by amounts that are so far apart. */
  step(from: number, added: number): void {
    this.go(from, from + 1, (this.#apart[from] as number) + added, added);
  }

  /** On to a position, where they are so far apart, having been added to by amounts that are so far apart. */
  go(from: number, until: number, apart: number, added: number): void {
    this.#apart[until] = apart;
    this.#added[until] = (this.#added[from] as number) + added;
  }

  /** How far apart what was added between two positions is; undefined where one of the streams never stood. */
  between(from: number, until: number): number | undefined {
    const [start, end] = [this.#apart[from], this.#apart[until]];
    if (start === undefined || end === undefined) return undefined;
    const [before, after] = [this.#added[from] as number, this.#added[until] as number];
    // The difference of two sums loses a few units of 2⁻⁵² of the larger.
    return Math.min(after - before + 1e-12 * after, start + end);
  }
}
