import type { Entry, Refusal } from '../policy/decision.ts';
import type { Holdings } from './holdings.ts';

/** What is cached for an entry: features newest first, and the steps that made them. */
export interface CachedEntry<Feature> {
  readonly features: readonly Feature[];
  /** Signature of the pass. */
  readonly shape: string;
  /** As many as features. */
  readonly steps: readonly number[];
}

/** The cached features of one lane: the entries of one branch (and call) of one run, nobody else's. */
export class CacheStore<Feature extends object> {
  readonly #holdings: Holdings<Feature>;
  readonly #depth: number;
  readonly #entries = new Map<string, CachedEntry<Feature> & { features: Feature[]; steps: number[] }>();

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
    const { features, steps } = this.#entries.get(key) ?? {
      features: [] as Feature[],
      steps: [] as number[],
    };
    // The oldest goes first, so that a full cache never holds one feature more than its depth.
    while (features.length >= Math.max(1, this.#depth)) {
      this.#dropOldest(features);
      steps.pop();
    }
    if (!this.#holdings.hold(feature)) {
      this.#forget(key);
      return false;
    }
    features.unshift(feature);
    steps.unshift(step);
    this.#entries.set(key, { features, shape, steps });
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

function keyOf({ from, until, form, slot = '' }: Entry): string {
  return `${from} ${until} ${form} ${slot}`;
}

/** What a reuse asks of a cached entry. */
export interface CacheRequest {
  /** How many past features are combined. */
  readonly depth: number;
  /** The steps that they must be of, when the weights were made for certain ones. */
  readonly steps: readonly number[] | undefined;
  /** Signature of the current pass. */
  readonly shape: string;
  /** The earliest step that the newest may come from. */
  readonly oldest: number;
}

/** Why a cached entry cannot be used now; undefined if it can. */
export function refusalOf(
  cached: CachedEntry<unknown> | undefined,
  { depth, steps, shape, oldest }: CacheRequest,
): Refusal | undefined {
  if (depth === 0) return undefined;
  if (!cached || cached.features.length < depth) return 'nothing-cached';
  if (cached.shape !== shape) return 'shape-changed';
  if (steps?.some((step, index) => cached.steps[index] !== step)) return 'other-history';
  return (cached.steps[0] ?? -Infinity) < oldest ? 'too-old' : undefined;
}
