import type { ForeignKernelSettings } from './library.ts';
import type { GpuMode } from './mode.ts';

/** Something on a device that only the backend understands: rows of arrays, a texture, a buffer. */
export type Handle = object;

/** A kernel to compile: its source text, and the grid of its output. */
export interface KernelText {
  readonly source: string;
  readonly grid: readonly number[];
  /** `handle`: the result stays on the device; `values`: it is read back. */
  readonly result: 'handle' | 'values';
}

/** A compiled kernel. Inputs are handles and numbers. */
export type CompiledKernel = (inputs: readonly (Handle | number)[]) => Promise<Handle>;

/** What a device can hold. Undefined where it sets no limit. */
export interface DeviceLimits {
  /** Largest width and height of a texture, in elements. */
  readonly textureSize?: number;
  /** Largest buffer, in bytes. */
  readonly bufferBytes?: number;
  /** Most rows of a matrix. */
  readonly rows?: number;
}

/** One mode of gpu.js: how data come onto the device and back, and how kernels are made. */
export interface Backend {
  readonly mode: GpuMode;
  /** Name of the adapter, as far as it tells. */
  readonly adapter: string;
  /** True if the adapter is a graphics card emulated in software. */
  readonly software: boolean;
  readonly limits: DeviceLimits;
  compile(kernel: KernelText): CompiledKernel;
  /** Puts values onto the device. */
  upload(values: Float32Array, grid: readonly number[]): Promise<Handle>;
  /** Reads a handle back, row after row. */
  read(handle: Handle, grid: readonly number[]): Promise<Float32Array>;
  /** Bytes that the handle takes on the device. */
  bytes(handle: Handle, grid: readonly number[]): number;
  free(handle: Handle): void;
  /** True once the device has gone; everything on it is lost. */
  isLost(): boolean;
  /** Waits until the device has done all that it was given. */
  fence(): Promise<void>;
  destroy(): Promise<void>;
}

/** Settings of every kernel. Immutable, because a cached result must not turn into the next one. */
export const kernelSettings: Omit<ForeignKernelSettings, 'output' | 'pipeline'> = {
  precision: 'single',
  immutable: true,
  loopMaxIterations: 2 ** 20,
};
