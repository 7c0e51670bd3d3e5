import type { OnnxFeature } from '../feature/feature.ts';
import { onnxFeatureOps } from '../feature/operations.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import type { SessionPool } from '../sessions/pool.ts';
import { DeviceFeature, featureOf } from './device-feature.ts';
import { KEPT } from './gated-graph.ts';
import { knownFinite } from './known-finite.ts';
import { loaded, PendingFeature, signatureOf } from './pending-feature.ts';

/** The stream where a gate starts: what is cached of the blocks is added to it by the gate itself. */
export class GatePoint extends PendingFeature {
  /** The stream without the gate. */
  readonly feature: OnnxFeature;

  /** @param feature - the stream there */
  constructor(feature: OnnxFeature) {
    super({
      signature: signatureOf(feature),
      load: () => loaded(feature),
      plus: (cached) => new ReusedStream(this, cached),
    });
    this.feature = feature;
  }

  /** What was brought out, if it was. */
  override get loaded(): OnnxFeature | undefined {
    return this.feature instanceof PendingFeature ? this.feature.loaded : this.feature;
  }

  /** The stream as the gated session takes it. */
  override async near(): Promise<OnnxFeature> {
    return this.feature instanceof PendingFeature ? this.feature.near() : this.feature;
  }

  /** The same point as a feature of its own, as every feature has one owner. */
  again(): GatePoint {
    return new GatePoint(this.feature);
  }

  /** Whether another one is the same point of the same pass. */
  isSame(other: OnnxFeature): boolean {
    return other instanceof GatePoint && other.feature === this.feature;
  }
}

/** The stream where a gate ends, as it will be once the gate has added what was cached. */
export class ReusedStream extends PendingFeature {
  /** Where the gate starts. */
  readonly start: GatePoint;
  /** What is added. */
  readonly cached: OnnxFeature;

  /**
   * @param start - where the gate starts
   * @param cached - what is added
   */
  constructor(start: GatePoint, cached: OnnxFeature) {
    super({ signature: signatureOf(start), load: () => sumOf(start, cached) });
    this.start = start;
    this.cached = cached;
  }
}

/** The stream where a gate ends, of which the difference to where it starts is there. */
export class GatedEnd extends PendingFeature {
  readonly #residual: OnnxFeature;

  /**
   * @param start - where the gate starts
   * @param residual - the difference
   */
  constructor(start: GatePoint, residual: OnnxFeature) {
    super({
      signature: signatureOf(start),
      minus: (subtrahend) => (start.isSame(subtrahend) ? shared(residual) : undefined),
      load: () => sumOf(start, residual),
    });
    this.#residual = residual;
  }

  override dispose(): void {
    if (this.#residual instanceof DeviceFeature) this.#residual.dispose();
  }
}

/** A feature on a device as one of its own; those in main memory need no owner. */
function shared(feature: OnnxFeature): OnnxFeature {
  return feature instanceof DeviceFeature ? knownFinite(feature.share()) : feature;
}

/**
 * What a gate has kept.
 *
 * @param pool - of the session
 * @param like - tensors of the stream where it ends
 * @param outputs - of the session; an empty tensor stands for one that was not finite, which the executor must see
 */
export function keptOf(pool: SessionPool, like: readonly string[], outputs: NamedTensors): OnnxFeature {
  const names = like.map((_, index) => `${KEPT}${index}`);
  const feature = featureOf(pool, names, outputs);
  if (names.every((name) => (outputs.get(name)?.size ?? 0) > 0)) return knownFinite(feature);
  if (feature instanceof DeviceFeature) feature.dispose();
  return { tensors: names.map(() => ({ data: Float32Array.of(Number.NaN), dims: [1] })) };
}

async function sumOf(start: OnnxFeature, residual: OnnxFeature): Promise<OnnxFeature> {
  return onnxFeatureOps.combine([
    { weight: 1, feature: await loaded(start) },
    { weight: 1, feature: await loaded(residual) },
  ]);
}
