import type { FeatureOps } from '@refrain/core';

/** The features that a measurement has in work. Each is disposed of once, also after an error. */
export class FeatureShelf<Feature extends object> {
  readonly #ops: Pick<FeatureOps<Feature>, 'dispose'>;
  readonly #features = new Set<Feature>();

  /** @param ops - frees features */
  constructor(ops: Pick<FeatureOps<Feature>, 'dispose'>) {
    this.#ops = ops;
  }

  /** Takes charge of a feature, and returns it. */
  add(feature: Feature): Feature {
    this.#features.add(feature);
    return feature;
  }

  /** The same for several. */
  addAll(features: readonly Feature[]): readonly Feature[] {
    for (const feature of features) this.#features.add(feature);
    return features;
  }

  /** Frees a feature before the others. */
  drop(feature: Feature | undefined): void {
    if (feature !== undefined && this.#features.delete(feature)) this.#ops.dispose(feature);
  }

  /** Frees all that is left. */
  clear(): void {
    for (const feature of this.#features) this.#ops.dispose(feature);
    this.#features.clear();
  }
}
