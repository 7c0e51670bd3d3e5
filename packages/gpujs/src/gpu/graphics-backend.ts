import { GpuJsError } from '../errors.ts';
import {
  kernelSettings,
  type Backend,
  type CompiledKernel,
  type DeviceLimits,
  type Handle,
  type KernelText,
} from './backend.ts';
import {
  browserGpu,
  type ForeignGl,
  type ForeignGpu,
  type ForeignHandle,
  type GpuJsLibrary,
} from './library.ts';
import { fromRows } from './rows.ts';

/** Puts values onto the device, in a kernel of its own: in WebGL2 a kernel must not see arrays and textures in turn. */
const uploads = {
  vector: 'function upload(values) { return values[this.thread.x]; }',
  matrix: 'function upload(values) { return values[this.thread.y][this.thread.x]; }',
} as const;

/** What differs between WebGPU and WebGL2. */
interface Graphics {
  readonly adapter: string;
  readonly software: boolean;
  readonly limits: DeviceLimits;
  isLost(): boolean;
  /** Left out: reading a number back is the fence. */
  fence?(): Promise<void>;
}

/**
 * The mode `webgpu`. Asks the browser for an adapter first, since gpu.js takes whatever it gets.
 *
 * @param library - gpu.js
 * @throws GpuJsError `MODE_UNAVAILABLE` without WebGPU or without an adapter
 */
export async function webGpuBackend(library: GpuJsLibrary): Promise<Backend> {
  const adapter = await browserGpu()?.requestAdapter();
  if (!adapter)
    throw unavailable(browserGpu() ? 'the browser offers no WebGPU adapter' : 'there is no navigator.gpu');
  if (!library.WebGPUContext) throw unavailable('this gpu.js has no WebGPU; version 2.24 has');
  const context = await library.WebGPUContext.acquire();
  const { limits, queue } = context.device;
  const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
  return graphicsBackend(library, 'webgpu', new library.GPU({ mode: 'webgpu' }), {
    adapter: [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter',
    software: adapter.isFallbackAdapter ?? adapter.info?.isFallbackAdapter ?? false,
    limits: {
      bufferBytes: Math.min(
        limits['maxStorageBufferBindingSize'] ?? Infinity,
        limits['maxBufferSize'] ?? Infinity,
      ),
      // Matrices are worked on in groups of 8 × 8.
      rows: 8 * (limits['maxComputeWorkgroupsPerDimension'] ?? Infinity),
    },
    isLost: () => context.isLost,
    fence: () => queue.onSubmittedWorkDone(),
  });
}

/**
 * The mode `webgl2`, in a page or in a worker that has OffscreenCanvas.
 *
 * @param library - gpu.js
 * @throws GpuJsError `MODE_UNAVAILABLE` when no context can be had
 */
export function webGl2Backend(library: GpuJsLibrary): Backend {
  const gpu = new library.GPU({ mode: 'webgl2' });
  // gpu.js makes its context with the first kernel.
  const first = gpu.createKernel(uploads.vector, { ...kernelSettings, output: [1], pipeline: true });
  const gl = first.kernel.context as ForeignGl | null | undefined;
  if (!gl) throw unavailable('no WebGL2 context could be made; too many may be open already');
  const naming = gl.getExtension('WEBGL_debug_renderer_info');
  const adapter = naming ? String(gl.getParameter(naming.UNMASKED_RENDERER_WEBGL)) : 'unnamed renderer';
  return graphicsBackend(library, 'webgl2', gpu, {
    adapter,
    software: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(adapter),
    limits: { textureSize: Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)) },
    isLost: () => gl.isContextLost(),
  });
}

function graphicsBackend(
  { Input }: GpuJsLibrary,
  mode: 'webgpu' | 'webgl2',
  gpu: ForeignGpu,
  graphics: Graphics,
): Backend {
  const uploaders = new Map<string, CompiledKernel>();
  const uploaderOf = (grid: readonly number[]): CompiledKernel => {
    const key = grid.join();
    const known = uploaders.get(key);
    if (known) return known;
    const source = grid.length === 1 ? uploads.vector : uploads.matrix;
    const made = compile(gpu, { source, grid, result: 'handle' });
    uploaders.set(key, made);
    return made;
  };
  const upload = (values: Float32Array, grid: readonly number[]): Promise<Handle> =>
    uploaderOf(grid)([new Input(values, [...grid])]);
  return {
    mode,
    // gl.finish() does not wait in browsers; what is read has been computed, and all before it.
    fence: async () => {
      const handle = (await upload(new Float32Array(1), [1])) as ForeignHandle;
      await handle.toArray();
      handle.delete();
    },
    ...graphics,
    compile: (kernel) => compile(gpu, kernel),
    upload,
    read: async (handle, grid) => fromRows(await (handle as ForeignHandle).toArray(), grid),
    bytes: (handle, grid) =>
      ((handle as ForeignHandle).size ?? grid).reduce((product, size) => product * size, 4),
    free: (handle) => (handle as ForeignHandle).delete(),
    destroy: () => gpu.destroy(),
  };
}

function compile(gpu: ForeignGpu, { source, grid, result }: KernelText): CompiledKernel {
  const kernel = gpu.createKernel(source, { ...kernelSettings, output: grid, pipeline: result === 'handle' });
  return async (inputs) => (await kernel(...inputs)) as Handle;
}

function unavailable(why: string): GpuJsError {
  return new GpuJsError('MODE_UNAVAILABLE', why);
}
