import { GpuJsError } from '../errors.ts';
import type { Handle } from './backend.ts';
import { signatureOf, type Shape } from './grid.ts';
import type { Kernel } from './kernel.ts';

/** What a kernel reads: tensors, and numbers that change from call to call. */
export type KernelInput = DeviceTensor | number;

/** Where tensors lie and kernels run: a device, as operations need it. */
export interface KernelHost {
  /** Puts values onto the device. */
  upload(values: Float32Array, shape: Shape): Promise<DeviceTensor>;
  /** Runs a kernel whose result stays on the device. */
  run(kernel: Kernel, inputs: readonly KernelInput[], shape: Shape): Promise<DeviceTensor>;
  /** Runs a kernel whose result, a few numbers, is read back. */
  reduce(kernel: Kernel, inputs: readonly KernelInput[], length: number): Promise<Float32Array>;
}

/** What tensors hold on a device, shared by all tensors of the same values, freed when the last one lets go. */
export interface Storage {
  readonly handle: Handle;
  /** Bytes on the device. */
  readonly bytes: number;
  /** Which device it is on. */
  readonly device: KernelHost;
  /** Tensors and running kernels that need it. */
  references: number;
  read(): Promise<Float32Array>;
  free(): void;
}

/**
 * Float32 values on a device, with a shape. They never change; what operations return is new. Every tensor must be
 * disposed of, since no garbage collector frees device memory.
 */
export class DeviceTensor {
  /** Sizes, outermost first. */
  readonly shape: Shape;
  readonly #storage: Storage;
  #disposed = false;

  /** @internal */
  constructor(storage: Storage, shape: Shape) {
    storage.references += 1;
    this.#storage = storage;
    this.shape = shape;
  }

  /** The device that the values lie on. */
  get device(): KernelHost {
    return this.#storage.device;
  }

  /** Shape and type as text: `f32[8,64,128]`. */
  get signature(): string {
    return signatureOf(this.shape);
  }

  /** Bytes that the values take on the device. Tensors that share values count them once each. */
  get bytes(): number {
    return this.#storage.bytes;
  }

  /** True after {@link dispose}. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Reads the values back, row after row, as a new array. What the device was given before is waited for.
   *
   * @throws GpuJsError `DISPOSED`, `DEVICE_LOST`
   */
  read(): Promise<Float32Array> {
    return this.#live('read').read();
  }

  /**
   * One more tensor with the same values, which stay on the device until both are disposed of. Nothing is copied.
   *
   * @throws GpuJsError `DISPOSED`
   */
  share(): DeviceTensor {
    return new DeviceTensor(this.#live('share'), this.shape);
  }

  /** Lets go of the values. Doing so again has no effect. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release(this.#storage);
  }

  /** @internal */
  storage(use: string): Storage {
    return this.#live(use);
  }

  #live(use: string): Storage {
    if (!this.#disposed) return this.#storage;
    throw new GpuJsError(
      'DISPOSED',
      `${use}: the tensor ${this.signature} was disposed of; share() it before, if it is needed for longer`,
    );
  }
}

/** Takes one reference away. @internal */
export function release(storage: Storage): void {
  storage.references -= 1;
  if (storage.references === 0) storage.free();
}
