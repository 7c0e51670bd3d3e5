import { GpuJsError, asError } from '../errors.ts';

/**
 * The part of gpu.js that this package uses, with the types that it really has: its own declarations know neither
 * WebGPU nor promises. Everything foreign is in this file.
 */
export interface GpuJsLibrary {
  readonly GPU: new (settings: { readonly mode: string }) => ForeignGpu;
  readonly Input: new (values: Float32Array, size: readonly number[]) => object;
  readonly WebGPUContext?: ForeignContexts;
}

/** What gpu.js calls a GPU: one mode, one context, the kernels on it. */
export interface ForeignGpu {
  createKernel(source: string, settings: ForeignKernelSettings): ForeignKernel;
  destroy(): Promise<void>;
}

/** Settings of a kernel that this package sets. */
export interface ForeignKernelSettings {
  readonly output: readonly number[];
  readonly precision: 'single';
  readonly pipeline: boolean;
  readonly immutable: boolean;
  readonly loopMaxIterations: number;
}

/** A kernel: called with handles and numbers, it returns a handle or values, or a promise of them. */
export interface ForeignKernel {
  (...inputs: readonly unknown[]): unknown;
  /** The implementation, which gpu.js replaces when it falls back to another mode. */
  readonly kernel: { readonly fallbackReason?: string | null; readonly context?: unknown };
}

/** The one WebGPU device that all kernels in a page share. */
export interface ForeignContexts {
  acquire(): Promise<{ readonly device: ForeignGpuDevice; readonly isLost: boolean }>;
}

/** A WebGPU device, as far as it is asked. */
export interface ForeignGpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  destroy(): void;
}

/** A WebGPU adapter, as far as it is asked. Where it says that it is a software one has moved between versions. */
export interface ForeignAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
  };
}

/** A WebGL context, as far as it is asked. */
export interface ForeignGl {
  readonly MAX_TEXTURE_SIZE: number;
  getParameter(name: number): unknown;
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  isContextLost(): boolean;
}

/** A handle of a result on a GPU: a WebGPU buffer or a WebGL texture. */
export interface ForeignHandle {
  /** Width and height of a texture. */
  readonly size?: readonly number[];
  toArray(): unknown;
  delete(): void;
}

/**
 * Loads gpu.js, unless one is given.
 *
 * @param given - a gpu.js module that the caller has loaded
 * @throws GpuJsError `LIBRARY_MISSING` when the package is not installed
 */
export async function loadLibrary(given?: unknown): Promise<GpuJsLibrary> {
  const module = given ?? (await importLibrary());
  const library = [module, (module as { default?: unknown }).default].find(isLibrary);
  if (library) return library;
  throw new GpuJsError(
    'LIBRARY_MISSING',
    'expected the module gpu.js with its GPU class, got something else; pass what import("gpu.js") gives',
  );
}

/** The browser's entry to WebGPU, if there is one. */
export function browserGpu(): { requestAdapter(): Promise<ForeignAdapter | null> } | undefined {
  const { navigator } = globalThis as {
    navigator?: { gpu?: { requestAdapter(): Promise<ForeignAdapter | null> } };
  };
  return navigator?.gpu;
}

async function importLibrary(): Promise<unknown> {
  try {
    return await import('gpu.js');
  } catch (thrown) {
    throw new GpuJsError(
      'LIBRARY_MISSING',
      `expected the package gpu.js to be installed, got: ${asError(thrown).message}; run "npm install gpu.js"`,
      { cause: thrown },
    );
  }
}

function isLibrary(module: unknown): module is GpuJsLibrary {
  const { GPU, Input } = (module ?? {}) as Partial<GpuJsLibrary>;
  return typeof GPU === 'function' && typeof Input === 'function';
}
