import type { Holdings } from './holdings.ts';

/** The features that a pass is working with. Whatever is still there when the pass ends, or fails, is freed. */
export class Workbench<Feature extends object> {
  readonly #holdings: Holdings<Feature>;
  readonly #features: Feature[] = [];
  #x: Feature;

  /**
   * @param holdings - shared with the cache: a feature may be in both
   * @param x - the stream at position 0
   */
  constructor(holdings: Holdings<Feature>, x: Feature) {
    this.#holdings = holdings;
    this.#x = this.adopt(x);
  }

  /** The stream where the pass stands. */
  get x(): Feature {
    return this.#x;
  }

  /** Takes charge of a feature. */
  adopt(feature: Feature): Feature {
    this.#holdings.own(feature);
    this.#features.push(feature);
    return feature;
  }

  /** Lets go of a feature, once for each time it was adopted. */
  release(feature: Feature): void {
    const index = this.#features.lastIndexOf(feature);
    if (index < 0) return;
    this.#features.splice(index, 1);
    this.#holdings.release(feature);
  }

  /** Moves the stream on to an adopted feature; the old one is let go. */
  advance(x: Feature): void {
    const old = this.#x;
    this.#x = x;
    this.release(old);
  }

  /** Lets go of everything. */
  clear(): void {
    for (const feature of this.#features.splice(0)) this.#holdings.release(feature);
  }
}
