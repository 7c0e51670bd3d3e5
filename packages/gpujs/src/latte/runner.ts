import type { BlockRunner } from '@refrain/core';
import type { GpuDevice } from '../gpu/device.ts';
import { openGpu, type OpenGpuOptions } from '../gpu/open.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { streamRunner } from '../stream/runner.ts';
import type { LatteInput, LatteTensor } from './input.ts';
import { layoutOf, type LatteConfig } from './layout.ts';
import { latteModel } from './model.ts';
import { readSafetensors } from './safetensors.ts';
import { uploadWeights, type Upload } from './weights.ts';

/** How to load a Latte model. */
export interface LatteRunnerOptions extends OpenGpuOptions {
  /** Content of a `.safetensors` file with the names of diffusers' `LatteTransformer3DModel`. */
  readonly weights: Uint8Array;
  /** What the weights do not say; `loadConfig` of `@refrain/latte-mini` gives it for the embedded model. */
  readonly config: LatteConfig;
  /** A device that is open already; it outlives the runner. Left out: one is opened with the other options. */
  readonly device?: GpuDevice | undefined;
  /**
   * Shown in reports and errors.
   * @defaultValue `latte`
   */
  readonly name?: string | undefined;
}

/** A Latte model on a device. Features stay there; inputs and the output are in main memory. */
export interface LatteRunner extends BlockRunner<LatteInput, DeviceTensor, LatteTensor> {
  /** Where it runs. */
  readonly device: GpuDevice;
  /** Runs the whole model without an executor: the reference for comparisons. */
  plain(input: LatteInput): Promise<LatteTensor>;
  /** Frees the weights, and the device unless it was given. The runner cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Loads a Latte text-to-video transformer, such as the embedded latte-mini, into kernels of gpu.js. Blocks, attention and
 * MLP modules, modulated inputs, the timestep embedding and the model itself can be acted on, under the names that
 * `@refrain/onnx` gives them.
 *
 * @param options - weights, configuration, and where to run
 * @throws GpuJsError `WEIGHTS_INVALID`, `LIBRARY_MISSING`, `LIMIT_EXCEEDED`; ModeError when no mode works
 *
 * @example
 * ```ts
 * import { bwcache, refrain } from '@refrain/core';
 * import { latteRunner } from '@refrain/gpujs';
 * import { loadConfig, loadModelFile } from '@refrain/latte-mini';
 *
 * const { bytes } = await loadModelFile('transformer.safetensors');
 * const runner = await latteRunner({ weights: bytes, config: await loadConfig() });
 * const run = refrain(runner, bwcache({ threshold: 0.15 })).start({ timesteps });
 * ```
 */
export async function latteRunner(options: LatteRunnerOptions): Promise<LatteRunner> {
  const { weights: bytes, config, device: given, name = 'latte' } = options;
  const file = readSafetensors(bytes);
  const layout = layoutOf(config, file);
  const device = given ?? (await openGpu(options));
  const owned: DeviceTensor[] = [];
  const upload: Upload = async (values, shape) => {
    const tensor = await device.upload(values, shape);
    owned.push(tensor);
    return tensor;
  };
  try {
    const weights = await uploadWeights(upload, file, layout);
    return streamRunner(latteModel(name, weights, layout), {
      device,
      architecture: 'latte',
      model: {
        sample: ({ hidden_states: { data, dims } }) => device.upload(data, dims),
        feature: ({ data, dims }) => device.upload(data, dims),
        output: async (feature) => ({ data: await feature.read(), dims: feature.shape }),
      },
      owned,
      ownsDevice: given === undefined,
    });
  } catch (thrown) {
    for (const tensor of owned) tensor.dispose();
    if (!given) await device.dispose();
    throw thrown;
  }
}
