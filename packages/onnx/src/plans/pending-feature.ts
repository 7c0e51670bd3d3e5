import type { FeatureOps, FeaturePair } from '@refrain/core';
import type { FloatTensor, OnnxFeature } from '../feature/feature.ts';
import { OnnxError } from '../errors.ts';
import { onnxFeatureOps } from '../feature/operations.ts';
import { isKnownFinite } from './known-finite.ts';

/** How a pending feature is had, and what can be had without it. */
export interface Pending {
  /** Equal for features of one shape, as far as that is known. */
  readonly signature: string;
  /** Brings it out of the runtime. */
  readonly load: () => Promise<OnnxFeature>;
  /** The difference to another feature, where the runtime gave that instead. */
  readonly minus?: (subtrahend: OnnxFeature) => OnnxFeature | undefined;
  /** The sum with another feature, where the runtime will add it. */
  readonly plus?: (summand: OnnxFeature) => OnnxFeature | undefined;
}

/** A feature that stays inside the runtime until somebody looks at it. */
export class PendingFeature implements OnnxFeature {
  readonly #pending: Pending;
  #near: OnnxFeature | undefined;
  #loaded: OnnxFeature | undefined;

  /** @param pending - how it is had */
  constructor(pending: Pending) {
    this.#pending = pending;
  }

  /** Its tensors, once it was loaded. */
  get tensors(): readonly FloatTensor[] {
    if (this.loaded) return this.loaded.tensors;
    throw new OnnxError(
      'SPAN_INVALID',
      "this feature has stayed inside the runtime: use the runner's operations on it, or load with plan: 'chain'",
    );
  }

  /** What was brought out, if it was. */
  get loaded(): OnnxFeature | undefined {
    return this.#loaded;
  }

  /** What is known of its shape. */
  get signature(): string {
    return this.#pending.signature;
  }

  /** The feature as near as it is had without bringing it out of a device. */
  async near(): Promise<OnnxFeature> {
    this.#near ??= this.loaded ?? (await this.#pending.load());
    return this.#near;
  }

  /** Brings it out. */
  async load(): Promise<OnnxFeature> {
    this.#loaded ??= await loaded(await this.near());
    return this.#loaded;
  }

  /** Takes a feature that came out along with something else. */
  settle(feature: OnnxFeature): void {
    this.#near = feature;
    if (!(feature instanceof PendingFeature)) this.#loaded = feature;
  }

  /** Bytes that it holds; nothing while it is only promised. */
  get bytes(): number {
    return this.loaded ? onnxFeatureOps.bytes(this.loaded) : 0;
  }

  /** Frees what it holds outside of main memory. */
  dispose(): void {}

  /** The difference, if it need not be computed. */
  minus(subtrahend: OnnxFeature): OnnxFeature | undefined {
    return this.#pending.minus?.(subtrahend);
  }

  /** The sum, if it can stay inside as well. */
  plus(summand: OnnxFeature): OnnxFeature | undefined {
    return this.#pending.plus?.(summand);
  }
}

/** What is known of the shape of a feature, wherever it is. */
export function signatureOf(feature: OnnxFeature): string {
  if (!(feature instanceof PendingFeature)) return onnxFeatureOps.shape(feature);
  return feature.loaded ? onnxFeatureOps.shape(feature.loaded) : feature.signature;
}

/**
 * Operations on features some of which are still inside the runtime: those are brought out first, unless it goes without.
 *
 * @param ops - operations on features in main memory
 */
export function pendingOps(ops: FeatureOps<OnnxFeature>): FeatureOps<OnnxFeature> {
  return {
    ...ops,
    bytes: (feature) => (feature instanceof PendingFeature ? feature.bytes : ops.bytes(feature)),
    dispose: (feature) => (feature instanceof PendingFeature ? feature.dispose() : ops.dispose(feature)),
    shape: signatureOf,
    subtract: async (minuend, subtrahend) => {
      const known = minuend instanceof PendingFeature ? minuend.minus(subtrahend) : undefined;
      return known ?? ops.subtract(await loaded(minuend), await loaded(subtrahend));
    },
    combine: async (terms) => {
      const [first, second] = terms;
      const plain = terms.length === 2 && first?.weight === 1 && second?.weight === 1;
      const inside =
        plain && first.feature instanceof PendingFeature ? first.feature.plus(second.feature) : undefined;
      if (inside) return inside;
      return ops.combine(
        await Promise.all(
          terms.map(async ({ weight, feature }) => ({ weight, feature: await loaded(feature) })),
        ),
      );
    },
    relativeL1: async (pairs) => ops.relativeL1(await loadedPairs(pairs)),
    sketch: async (feature, stride) => ops.sketch(await loaded(feature), stride),
    ...optional(ops),
  };
}

/** The operations that only some runners offer. */
function optional(ops: FeatureOps<OnnxFeature>): Partial<FeatureOps<OnnxFeature>> {
  const all: Partial<FeatureOps<OnnxFeature>> = {
    isFinite: async (feature) =>
      isKnownFinite(feature) || ((await ops.isFinite?.(await loaded(feature))) ?? true),
    lowPass: async (feature, radius) => required(await ops.lowPass?.(await loaded(feature), radius)),
    products: async (feature, others) =>
      required(await ops.products?.(await loaded(feature), await Promise.all(others.map(loaded)))),
    tokenNorms: async (pairs) => required(await ops.tokenNorms?.(await loadedPairs(pairs))),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in ops));
}

/** What an operation gives that is only offered where it is there. */
function required<Result>(result: Result | undefined): Result {
  if (result !== undefined) return result;
  throw new TypeError('an operation was used that the runner does not have');
}

function loadedPairs(
  pairs: readonly FeaturePair<OnnxFeature>[],
): Promise<readonly FeaturePair<OnnxFeature>[]> {
  return Promise.all(
    pairs.map(async ({ current, reference }) => ({
      current: await loaded(current),
      reference: await loaded(reference),
    })),
  );
}

/** A feature in main memory. */
export async function loaded(feature: OnnxFeature): Promise<OnnxFeature> {
  return feature instanceof PendingFeature ? feature.load() : feature;
}
