import type { Tensor } from 'onnxruntime-common';
import type { OnnxFeature } from '../feature/feature.ts';
import { signatureOfTensor } from '../feature/operations.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import type { SessionPool } from '../sessions/pool.ts';
import { floatFromRuntime } from '../tensor.ts';
import { PendingFeature } from './pending-feature.ts';

/** Tensors on a device, and how many features share them. */
interface Shared {
  readonly tensors: readonly Tensor[];
  owners: number;
}

/** A feature that stays on the device: sessions take it as it is, everybody else has it downloaded. */
export class DeviceFeature extends PendingFeature {
  readonly #shared: Shared;
  readonly #pool: SessionPool;
  #freed = false;

  /**
   * @param pool - brings tensors out
   * @param shared - what it holds; it becomes one more owner
   */
  constructor(pool: SessionPool, shared: Shared) {
    super({
      signature: shared.tensors
        .map(({ type, dims }) => signatureOfTensor(type === 'float16' ? type : 'float32', dims))
        .join(' '),
      load: () => this.load(),
    });
    this.#shared = shared;
    this.#pool = pool;
    shared.owners += 1;
  }

  /** The tensors, for a session of the same pool. */
  get device(): readonly Tensor[] {
    return this.#shared.tensors;
  }

  override get bytes(): number {
    return this.device.reduce((sum, { type, size }) => sum + size * (type === 'float16' ? 2 : 4), 0);
  }

  /** It is as near as it can be. */
  override async near(): Promise<OnnxFeature> {
    return this;
  }

  /** Downloads it. */
  override async load(): Promise<OnnxFeature> {
    if (!this.loaded)
      this.settle({
        tensors: await Promise.all(this.device.map((tensor) => this.#pool.download(tensor))),
      });
    return this.loaded ?? this;
  }

  /** The same tensors as a feature of its own. */
  share(): DeviceFeature {
    return new DeviceFeature(this.#pool, this.#shared);
  }

  /** The last owner frees the memory of the device. */
  override dispose(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#shared.owners -= 1;
    if (this.#shared.owners === 0) for (const tensor of this.#shared.tensors) tensor.dispose();
  }
}

/**
 * A feature of tensors that a session has given, wherever they are.
 *
 * @param pool - of the session
 * @param names - of the tensors
 * @param outputs - what it gave
 */
export function featureOf(pool: SessionPool, names: readonly string[], outputs: NamedTensors): OnnxFeature {
  const tensors = names.flatMap((name) => outputs.get(name) ?? []);
  const onDevice =
    tensors.length === names.length && tensors.every(({ location }) => location === 'gpu-buffer');
  if (onDevice && tensors.length > 0) return new DeviceFeature(pool, { tensors, owners: 0 });
  return { tensors: names.map((name) => floatFromRuntime(name, outputs.get(name))) };
}
