import { asError, GpuJsError, type ModeAttempt } from '../errors.ts';
import type { Backend, CompiledKernel, DeviceLimits, Handle, KernelText } from './backend.ts';
import { elementsOf, gridOf, signatureOf, type Shape } from './grid.ts';
import type { Kernel } from './kernel.ts';
import { requireRoom } from './limits.ts';
import type { GpuMode } from './mode.ts';
import { KernelRegistry } from './registry.ts';
import { DeviceTensor, release, type KernelHost, type KernelInput, type Storage } from './tensor.ts';

/** What tensors take on a device. */
export interface DeviceMemory {
  /** Values that are alive, shared ones counted once. */
  readonly tensors: number;
  /** Their bytes. */
  readonly bytes: number;
  /** The most bytes at any time. */
  readonly peakBytes: number;
}

/** A device in one mode of gpu.js, with everything that lies on it. Made by `openGpu`. */
export class GpuDevice implements KernelHost {
  /** Modes that were tried before this one, and why they do not work here. */
  readonly attempts: readonly ModeAttempt[];
  readonly #backend: Backend;
  readonly #registry: KernelRegistry;
  readonly #stored = new Set<Storage>();
  readonly #running = new Set<Promise<unknown>>();
  #bytes = 0;
  #peakBytes = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(backend: Backend, attempts: readonly ModeAttempt[] = []) {
    this.#backend = backend;
    this.#registry = new KernelRegistry(backend);
    this.attempts = attempts;
  }

  /** The mode that kernels run in. */
  get mode(): GpuMode {
    return this.#backend.mode;
  }

  /** Name of the adapter, as far as it tells. */
  get adapter(): string {
    return this.#backend.adapter;
  }

  /** True if the adapter is a graphics card emulated in software. */
  get software(): boolean {
    return this.#backend.software;
  }

  /** What it can hold. */
  get limits(): DeviceLimits {
    return this.#backend.limits;
  }

  /** Number of kernels that have been compiled. */
  get kernels(): number {
    return this.#registry.size;
  }

  /** True once {@link dispose} was called. */
  get disposed(): boolean {
    return this.#closing !== undefined;
  }

  /** What tensors take at the moment. Kernels keep a buffer or two of their own besides. */
  memory(): DeviceMemory {
    return { tensors: this.#stored.size, bytes: this.#bytes, peakBytes: this.#peakBytes };
  }

  /**
   * Puts values onto the device.
   *
   * @param values - row after row; they are copied
   * @param shape - sizes, outermost first
   * @throws GpuJsError `SHAPE_MISMATCH`, `LIMIT_EXCEEDED`, `DEVICE_LOST`, `DISPOSED`
   */
  upload(values: Float32Array, shape: Shape): Promise<DeviceTensor> {
    return this.#track('upload', async () => {
      requireRoom(shape, this.limits, this.mode);
      if (values.length !== elementsOf(shape))
        throw new GpuJsError(
          'SHAPE_MISMATCH',
          `expected ${elementsOf(shape)} values for ${signatureOf(shape)}, got ${values.length}`,
        );
      const grid = gridOf(shape);
      return this.#store(await this.#backend.upload(values, grid), shape);
    });
  }

  /**
   * Runs a kernel whose result stays on the device.
   *
   * @param kernel - what to compute
   * @param inputs - at most 7 of them tensors
   * @param shape - of the result
   * @throws GpuJsError `KERNEL_FAILED`, `KERNEL_FALLBACK`, `LIMIT_EXCEEDED`, `DEVICE_LOST`, `DISPOSED`
   */
  run(kernel: Kernel, inputs: readonly KernelInput[], shape: Shape): Promise<DeviceTensor> {
    return this.#track(kernel.operation, async () => {
      requireRoom(shape, this.limits, this.mode);
      return this.#store(await this.#launch(kernel, inputs, shape, 'handle'), shape);
    });
  }

  /**
   * Runs a kernel whose result, a few numbers, is read back.
   *
   * @param kernel - what to compute
   * @param inputs - at most 7 of them tensors
   * @param length - how many numbers
   * @throws GpuJsError as {@link run}
   */
  reduce(kernel: Kernel, inputs: readonly KernelInput[], length: number): Promise<Float32Array> {
    return this.#track(kernel.operation, async () =>
      Float32Array.from((await this.#launch(kernel, inputs, [length], 'values')) as Float32Array).subarray(
        0,
        length,
      ),
    );
  }

  /**
   * Waits until the device has done all that it was given. Freed memory returns only then; reading a tensor or reducing to
   * numbers waits too.
   */
  fence(): Promise<void> {
    return this.#track('fence', () => this.#backend.fence());
  }

  /** Waits for kernels that are running, frees all tensors, then the device. Doing so again has no effect. */
  dispose(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    for (const storage of this.#stored) storage.free();
    await this.#backend.destroy();
  }

  async #launch(
    kernel: Kernel,
    inputs: readonly KernelInput[],
    shape: Shape,
    result: KernelText['result'],
  ): Promise<Handle> {
    const tensors = inputs.filter((input) => typeof input !== 'number');
    const compiled = this.#registry.find(
      kernel,
      tensors.map((tensor) => tensor.shape),
      shape,
      result,
    );
    // Held for the time being: a tensor may be disposed of while the kernel that reads it still compiles.
    const held = tensors.map((tensor) => this.#own(tensor, kernel.operation));
    for (const storage of held) storage.references += 1;
    try {
      return await this.#call(compiled, inputs, kernel.operation);
    } finally {
      for (const storage of held) release(storage);
    }
  }

  async #call(compiled: CompiledKernel, inputs: readonly KernelInput[], operation: string): Promise<Handle> {
    const values = inputs.map((input) =>
      typeof input === 'number' ? input : input.storage(operation).handle,
    );
    try {
      return await compiled(values);
    } catch (thrown) {
      if (thrown instanceof GpuJsError) throw thrown;
      this.#requireDevice(operation, thrown);
      throw new GpuJsError('KERNEL_FAILED', `${operation} in ${this.mode}: ${asError(thrown).message}`, {
        cause: thrown,
      });
    }
  }

  #own(tensor: DeviceTensor, operation: string): Storage {
    const storage = tensor.storage(operation);
    if (storage.device === this) return storage;
    throw new GpuJsError(
      'SHAPE_MISMATCH',
      `${operation}: the tensor ${tensor.signature} lies on another device; read it there and upload it here`,
    );
  }

  #store(handle: Handle, shape: Shape): DeviceTensor {
    const grid = gridOf(shape);
    const bytes = this.#backend.bytes(handle, grid);
    const storage: Storage = {
      handle,
      bytes,
      device: this,
      references: 0,
      read: () =>
        this.#track('read', async () => {
          const values = await this.#backend.read(handle, grid).catch((thrown: unknown) => {
            this.#requireDevice('read', thrown);
            throw new GpuJsError('KERNEL_FAILED', `read in ${this.mode}: ${asError(thrown).message}`, {
              cause: thrown,
            });
          });
          // A WebGL context that is gone reads zeros without a word.
          this.#requireDevice('read');
          return values;
        }),
      free: () => {
        if (!this.#stored.delete(storage)) return;
        this.#bytes -= bytes;
        this.#backend.free(handle);
      },
    };
    this.#stored.add(storage);
    this.#bytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    return new DeviceTensor(storage, shape);
  }

  async #track<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing)
      throw new GpuJsError(
        'DISPOSED',
        `${operation}: the ${this.mode} device was disposed of; open a new one`,
      );
    this.#requireDevice(operation);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #requireDevice(operation: string, cause?: unknown): void {
    if (!this.#backend.isLost()) return;
    throw new GpuJsError(
      'DEVICE_LOST',
      `${operation}: the ${this.mode} device is gone, and all tensors with it; open a new one and load the model again`,
      { cause },
    );
  }
}
