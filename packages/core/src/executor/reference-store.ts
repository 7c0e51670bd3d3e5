import type { Holdings } from './holdings.ts';

/** What an indicator is compared with. */
interface Reference<Feature> {
  readonly feature: Feature;
  readonly shape: string;
}

/** The references of the indicators of one lane, by indicator name. They count against the byte budget. */
export class ReferenceStore<Feature extends object> {
  readonly #holdings: Holdings<Feature>;
  readonly #references = new Map<string, Reference<Feature>>();

  /** @param holdings - accounts for the bytes */
  constructor(holdings: Holdings<Feature>) {
    this.#holdings = holdings;
  }

  /** The reference of an indicator, if there is one. */
  find(name: string): Reference<Feature> | undefined {
    return this.#references.get(name);
  }

  /**
   * Replaces the reference of an indicator.
   *
   * @returns false when the byte budget has no room; the indicator is then without a reference
   */
  replace(name: string, feature: Feature, shape: string): boolean {
    this.#forget(name);
    if (!this.#holdings.hold(feature)) return false;
    this.#references.set(name, { feature, shape });
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    for (const name of Array.from(this.#references.keys())) this.#forget(name);
  }

  #forget(name: string): void {
    const reference = this.#references.get(name);
    this.#references.delete(name);
    if (reference) this.#holdings.drop(reference.feature);
  }
}
