import { GpuJsError } from '../errors.ts';
import {
  kernelSettings,
  type Backend,
  type CompiledKernel,
  type Handle,
  type KernelText,
} from './backend.ts';
import type { ForeignGpu, GpuJsLibrary } from './library.ts';
import { fromRows, toRows } from './rows.ts';

/** Bytes that a WebAssembly memory can have. */
const LARGEST_MEMORY = 2 ** 32;

/**
 * The modes `webasm` and `cpu`: kernels work on rows of arrays in main memory, which the garbage collector frees.
 *
 * @param library - gpu.js
 * @param mode - of the two
 */
export function hostBackend({ GPU }: GpuJsLibrary, mode: 'webasm' | 'cpu'): Backend {
  const gpu = new GPU({ mode });
  return {
    mode,
    adapter: mode === 'webasm' ? 'WebAssembly' : 'JavaScript',
    software: false,
    limits: mode === 'webasm' ? { bufferBytes: LARGEST_MEMORY / 4 } : {},
    compile: (kernel) => compile(gpu, mode, kernel),
    upload: async (values, grid) => toRows(values, grid),
    read: async (handle, grid) => fromRows(handle, grid),
    bytes: (_, grid) => grid.reduce((product, size) => product * size, 4),
    free: (): void => {},
    isLost: () => false,
    fence: async (): Promise<void> => {},
    destroy: () => gpu.destroy(),
  };
}

function compile(gpu: ForeignGpu, mode: string, { source, grid, result }: KernelText): CompiledKernel {
  const kernel = gpu.createKernel(source, { ...kernelSettings, output: grid, pipeline: result === 'handle' });
  return async (inputs) => {
    const output = kernel(...inputs) as Handle;
    // gpu.js falls back to plain JavaScript with no more than a warning on the console.
    const { fallbackReason } = kernel.kernel;
    if (mode === 'webasm' && fallbackReason)
      throw new GpuJsError(
        'KERNEL_FALLBACK',
        `expected a kernel to run in ${mode}, but gpu.js fell back to cpu: ${fallbackReason}; ask for mode cpu instead`,
      );
    return output;
  };
}
