import { createWordTokenizer, flowMatchingEuler, gaussianNoise } from '@refrain/diffusion';
import { loadConfig, loadModelFile, loadTokenizer } from '@refrain/latte-mini';
import {
  latteRunner,
  latteTextEncoder,
  type GpuMode,
  type LatteInput,
  type LatteRunner,
} from '../../packages/gpujs/src/index.ts';
import type { DeviceTensor } from '../../packages/gpujs/src/index.ts';
import type { Measured } from './measure.ts';

/** Opens latte-mini in a mode; graphics cards that are emulated in software will do. */
export async function openLatte(mode: GpuMode): Promise<LatteRunner> {
  const { bytes } = await loadModelFile('transformer.safetensors');
  return latteRunner({ weights: bytes, config: await loadConfig(), modes: [mode], allowSoftware: true });
}

/**
 * It as something to measure.
 *
 * @param clock - in milliseconds
 */
export function measured(runner: LatteRunner, clock: () => number): Measured<DeviceTensor> {
  return { runner, plain: (input) => runner.plain(input), settle: () => runner.device.fence(), clock };
}

/** Inputs of a generation's steps. Their videos are noise: only time and bytes are measured. */
export async function stepInputs(steps: number): Promise<readonly LatteInput[]> {
  const encode = latteTextEncoder((await loadModelFile('text_encoder.safetensors')).bytes);
  const ids = createWordTokenizer(await loadTokenizer()).encode('large red circle bounce fast black');
  const encoder_hidden_states = encode(ids);
  return flowMatchingEuler({ steps, shift: 3 }).timesteps.map((time, step) => ({
    hidden_states: { data: gaussianNoise(3 * 8 * 32 * 32, step), dims: [1, 3, 8, 32, 32] },
    timestep: { data: Float32Array.of(time), dims: [1] },
    encoder_hidden_states,
  }));
}
