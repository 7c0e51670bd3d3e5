import type { FeatureOps } from '../pass/features.ts';

/**
 * Who owns which feature, and how many bytes the cache holds. A feature is disposed of when its last owner lets go,
 * exactly once; a feature that two cache entries share is counted once.
 */
export class Holdings<Feature extends object> {
  readonly #ops: FeatureOps<Feature>;
  readonly #budget: number;
  readonly #owners = new Map<Feature, number>();
  readonly #held = new Map<Feature, { times: number; readonly bytes: number }>();
  #bytes = 0;
  #peak = 0;

  /**
   * @param ops - measures and disposes of features
   * @param budget - bytes that the cache may hold at most; Infinity for no limit
   */
  constructor(ops: FeatureOps<Feature>, budget: number) {
    this.#ops = ops;
    this.#budget = budget;
  }

  /** Bytes that the cache holds now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most bytes that the cache held at any time. */
  get peak(): number {
    return this.#peak;
  }

  /** Becomes one more owner of the feature, for work in progress. */
  own(feature: Feature): void {
    this.#owners.set(feature, (this.#owners.get(feature) ?? 0) + 1);
  }

  /** Stops being an owner; the last one disposes of the feature. */
  release(feature: Feature): void {
    const owners = this.#owners.get(feature);
    if (owners === undefined) return;
    if (owners > 1) {
      this.#owners.set(feature, owners - 1);
      return;
    }
    this.#owners.delete(feature);
    this.#ops.dispose(feature);
  }

  /** Makes the cache an owner, if the budget allows. */
  hold(feature: Feature): boolean {
    const held = this.#held.get(feature);
    if (held) held.times += 1;
    else {
      const bytes = this.#ops.bytes(feature);
      if (this.#bytes + bytes > this.#budget) return false;
      this.#held.set(feature, { times: 1, bytes });
      this.#bytes += bytes;
      this.#peak = Math.max(this.#peak, this.#bytes);
    }
    this.own(feature);
    return true;
  }

  /** The cache lets go of a feature that it held. */
  drop(feature: Feature): void {
    const held = this.#held.get(feature);
    if (held && held.times > 1) held.times -= 1;
    else if (held) {
      this.#held.delete(feature);
      // As counted when it came: an adapter may answer otherwise by now.
      this.#bytes -= held.bytes;
    }
    this.release(feature);
  }
}
