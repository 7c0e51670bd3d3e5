import type { Entry, Refusal } from '../policy/decision.ts';
import type { Holdings } from './holdings.ts';

/** What is cached for an entry: features newest first, and which pass made the newest. */
export interface CachedEntry<Feature> {
  readonly features: readonly Feature[];
  /** Signature of the pass. */
  readonly shape: string;
  readonly step: number;
}

/** The cached features of one lane: the entries of one branch (and call) of one run, nobody else's. */
export class CacheStore<Feature extends object> {
  readonly #holdings: Holdings<Feature>;
  readonly #depth: number;
  readonly #entries = new Map<string, CachedEntry<Feature> & { features: Feature[] }>();

  /**
   * @param holdings - accounts for the bytes
   * @param depth - how many past features of an entry are remembered
   */
  constructor(holdings: Holdings<Feature>, depth: number) {
    this.#holdings = holdings;
    this.#depth = depth;
  }

  /** What is cached for an entry, if anything. */
  find(entry: Entry): CachedEntry<Feature> | undefined {
    return this.#entries.get(keyOf(entry));
  }

  /**
   * Remembers a feature as the newest of its entry and forgets the oldest beyond the depth.
   *
   * @param entry - what is remembered
   * @param feature - of the pass
   * @param shape - signature of the pass
   * @param step - of the pass
   * @returns false when the byte budget has no room; older features of the entry are then forgotten too, because a
   * history with a gap would be a wrong one
   */
  keep(entry: Entry, feature: Feature, shape: string, step: number): boolean {
    const key = keyOf(entry);
    const cached = this.#entries.get(key);
    if (cached && cached.shape !== shape) this.#forget(key);
    const features = this.#entries.get(key)?.features ?? [];
    // The oldest goes first, so that a full cache never holds one feature more than its depth.
    while (features.length >= Math.max(1, this.#depth)) this.#dropOldest(features);
    if (!this.#holdings.hold(feature)) {
      this.#forget(key);
      return false;
    }
    features.unshift(feature);
    this.#entries.set(key, { features, shape, step });
    return true;
  }

  /** Forgets an entry. */
  forget(entry: Entry): void {
    this.#forget(keyOf(entry));
  }

  /** Forgets everything. */
  clear(): void {
    for (const key of Array.from(this.#entries.keys())) this.#forget(key);
  }

  #dropOldest(features: Feature[]): void {
    const oldest = features.pop();
    if (oldest) this.#holdings.drop(oldest);
  }

  #forget(key: string): void {
    const features = this.#entries.get(key)?.features ?? [];
    this.#entries.delete(key);
    for (const feature of features) this.#holdings.drop(feature);
  }
}

function keyOf({ from, until, form }: Entry): string {
  return `${from}-${until}-${form}`;
}

/**
 * Why a cached entry cannot be used now; undefined if it can.
 *
 * @param depth - how many past features are needed
 * @param shape - signature of the current pass
 * @param oldest - the earliest step that an entry may come from
 */
export function refusalOf(
  cached: CachedEntry<unknown> | undefined,
  depth: number,
  shape: string,
  oldest: number,
): Refusal | undefined {
  if (!cached || cached.features.length < depth) return 'nothing-cached';
  if (cached.shape !== shape) return 'shape-changed';
  return cached.step < oldest ? 'too-old' : undefined;
}
