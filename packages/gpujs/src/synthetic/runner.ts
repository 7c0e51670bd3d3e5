import type { BlockRunner } from '@refrain/core';
import type { GpuDevice } from '../gpu/device.ts';
import { openGpu, type OpenGpuOptions } from '../gpu/open.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { streamRunner } from '../stream/runner.ts';
import { syntheticModel, type SyntheticInput } from './model.ts';
import type { SyntheticModel } from './network.ts';

/** Where a synthetic DiT should run. */
export interface SyntheticRunnerOptions extends OpenGpuOptions {
  /** A device that is open already; it outlives the runner. Left out: one is opened with the other options. */
  readonly device?: GpuDevice | undefined;
}

/** A synthetic DiT on a device. Features stay there; samples and predictions are in main memory. */
export interface SyntheticRunner extends BlockRunner<SyntheticInput, DeviceTensor, Float32Array> {
  /** Where it runs. */
  readonly device: GpuDevice;
  /** The prediction for a sample without an executor. */
  plain(
    input: SyntheticInput,
    place: { readonly timestep: number; readonly branch: string },
  ): Promise<Float32Array>;
  /** Frees the matrices, and the device unless it was given. */
  dispose(): Promise<void>;
}

/**
 * Runs a synthetic DiT as kernels: the same mathematics, sites, taps and inputs as `syntheticDit` of `@refrain/sim`, in
 * float32 on a device.
 *
 * @param dit - what `syntheticDit` made; its sampler, noise and constants are used as they are
 * @param options - where to run
 * @throws GpuJsError `LIBRARY_MISSING`, `LIMIT_EXCEEDED`; ModeError when no mode works
 *
 * @example
 * ```ts
 * const dit = syntheticDit({ blocks: 8, tokens: 64, channels: 64 });
 * const runner = await syntheticRunner(dit, { modes: ['webgpu', 'webasm'] });
 * const run = refrain(runner, bwcache()).start({ timesteps: dit.sampling.sampler.timesteps });
 * const prediction = await run.step({ sample: dit.noise() }, { step: 0 });
 * ```
 */
export async function syntheticRunner(
  dit: SyntheticModel,
  options: SyntheticRunnerOptions = {},
): Promise<SyntheticRunner> {
  const device = options.device ?? (await openGpu(options));
  const owned: DeviceTensor[] = [];
  const { tokens, channels } = dit.network;
  const upload = async (values: Float32Array, shape: readonly number[]): Promise<DeviceTensor> => {
    const tensor = await device.upload(values, shape);
    owned.push(tensor);
    return tensor;
  };
  try {
    return streamRunner(await syntheticModel(dit, upload), {
      device,
      model: {
        sample: ({ sample }) => device.upload(sample, [tokens, channels]),
        feature: (output) => device.upload(output, [tokens, channels]),
        output: (feature) => feature.read(),
      },
      owned,
      ownsDevice: options.device === undefined,
    });
  } catch (thrown) {
    for (const tensor of owned) tensor.dispose();
    if (!options.device) await device.dispose();
    throw thrown;
  }
}
