import { measureCosts, type CostModel, type MeasureCostsOptions } from '@refrain/sim';
import type { OnnxInput } from '@refrain/onnx';
import type { Pipeline } from './pipeline.ts';

/** Rounds that count, unless others are asked for. */
const ROUNDS = 5;

/**
 * Measures what the parts of the pipeline's model cost on this machine. What it computes does not depend on what it is
 * shown, so an empty latent will do.
 */
export async function measureModelCosts(
  pipeline: Pipeline,
  options: Pick<MeasureCostsOptions<OnnxInput>, 'rounds' | 'signal' | 'onProgress'> = {},
): Promise<CostModel> {
  const embedding = await pipeline.embed(undefined);
  const input = pipeline.input(new Float32Array(pipeline.latentLength), 500, embedding);
  const at = { step: 0, call: 0, branch: 'unconditional', timestep: 500 };
  return measureCosts(pipeline.runner, { rounds: ROUNDS, ...options, input, at });
}
