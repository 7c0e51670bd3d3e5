import { asError, GpuJsError, ModeError, type ModeAttempt } from '../errors.ts';
import type { Backend } from './backend.ts';
import { GpuDevice } from './device.ts';
import { webGl2Backend, webGpuBackend } from './graphics-backend.ts';
import { hostBackend } from './host-backend.ts';
import { loadLibrary, type GpuJsLibrary } from './library.ts';
import { gpuModes, type GpuMode } from './mode.ts';
import { selfTest } from './self-test.ts';

/** Where kernels should run. */
export interface OpenGpuOptions {
  /**
   * Modes to try, best first; one alone is that mode or an error.
   * @defaultValue `['webgpu', 'webgl2', 'webasm', 'cpu']`
   */
  readonly modes?: readonly GpuMode[] | undefined;
  /**
   * Take an adapter that emulates a graphics card in software. It is slower than `webasm` and `cpu`: for tests.
   * @defaultValue false
   */
  readonly allowSoftware?: boolean | undefined;
  /**
   * The gpu.js module, where a bundler or a test has loaded it.
   * @defaultValue `import('gpu.js')`
   */
  readonly library?: unknown;
}

/**
 * Opens a device in the first mode that works here: the adapter exists, is no software one, and computes a small matrix
 * product with a GELU rightly. The mode is chosen now and never changes: gpu.js's own automatic modes are not used.
 *
 * @param options - modes to try
 * @returns the device; `attempts` says why earlier modes were passed over
 * @throws GpuJsError `LIBRARY_MISSING`; ModeError `MODE_UNAVAILABLE` with every attempt
 *
 * @example
 * ```ts
 * const device = await openGpu();
 * console.log(device.mode, device.adapter, device.attempts.map(({ error }) => error.message));
 * ```
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<GpuDevice> {
  const { modes = gpuModes, allowSoftware = false } = options;
  requireModes(modes);
  const library = await loadLibrary(options.library);
  const attempts: ModeAttempt[] = [];
  for (const mode of modes) {
    try {
      return await openMode(library, mode, allowSoftware, [...attempts]);
    } catch (thrown) {
      attempts.push({ mode, error: asError(thrown) });
    }
  }
  throw new ModeError(attempts);
}

async function openMode(
  library: GpuJsLibrary,
  mode: GpuMode,
  allowSoftware: boolean,
  attempts: readonly ModeAttempt[],
): Promise<GpuDevice> {
  const backend = await backendOf(library, mode);
  const device = new GpuDevice(backend, attempts);
  try {
    if (backend.software && !allowSoftware)
      throw new GpuJsError(
        'SOFTWARE_ADAPTER',
        `"${backend.adapter}" emulates a graphics card in software, which is slower than webasm and cpu; ` +
          'pass allowSoftware: true to take it nevertheless',
      );
    await selfTest(device);
    return device;
  } catch (thrown) {
    await device.dispose().catch(() => {});
    throw thrown;
  }
}

async function backendOf(library: GpuJsLibrary, mode: GpuMode): Promise<Backend> {
  try {
    if (mode === 'webgpu') return await webGpuBackend(library);
    return mode === 'webgl2' ? webGl2Backend(library) : hostBackend(library, mode);
  } catch (thrown) {
    if (thrown instanceof GpuJsError) throw thrown;
    throw new GpuJsError('MODE_UNAVAILABLE', `gpu.js finds no ${mode} here: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
}

function requireModes(modes: readonly GpuMode[]): void {
  const unknown = modes.find((mode) => !gpuModes.includes(mode));
  if (modes.length > 0 && unknown === undefined) return;
  throw new GpuJsError(
    'MODE_UNAVAILABLE',
    `expected one or more of ${gpuModes.join(', ')}, got ${unknown === undefined ? 'none' : JSON.stringify(unknown)}`,
  );
}
