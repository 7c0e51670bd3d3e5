import { parsePolicy, refrain, type Run, type RunReport } from '@refrain/core';
import {
  cumulativeAlphas,
  eulerStep,
  flowMatchingEuler,
  gaussianNoise,
  type Sampler,
} from '@refrain/diffusion';
import { record, type Recording, type RecordOptions } from '@refrain/sim';
import { embedBranches } from '../../packages/refrain/src/pipeline/generation.ts';
import { openPipeline, type Pipeline } from '../../packages/refrain/src/pipeline/pipeline.ts';

/** Prompts in which little moves. */
export const STILL: readonly string[] = [
  'large red circle static black',
  'small white star static gradient',
  'medium green square grow slow white',
  'medium magenta triangle left slow gray',
];

/** Prompts in which much moves. */
export const FAST: readonly string[] = [
  'large cyan circle bounce fast black',
  'large orange cross spin fast white',
  'small yellow circle up fast black',
  'medium blue square right fast gray',
];

/** What a generation ended with. */
export interface Generated {
  readonly latent: Float32Array;
  readonly report: RunReport;
}

/** latte-mini, ready for studies: generations under policies and recordings, with any sampler. */
export interface Latte {
  readonly pipeline: Pipeline;
  readonly sampler: Sampler;
  generate(policy: string, prompt: string, sampler?: Sampler): Promise<Generated>;
  recording(prompt: string, options?: RecordOptions, sampler?: Sampler): Promise<Recording>;
}

/** Opens the embedded model with its own sampler: 30 steps, shift 3, guidance 3. */
export async function openLatte(seed = 7): Promise<Latte> {
  const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  const { steps, shift, guidanceScale } = pipeline.config.sampler;
  const own = flowMatchingEuler({ steps, shift });
  return {
    pipeline,
    sampler: own,
    async generate(policy, prompt, sampler = own) {
      const run = refrain(pipeline.runner, parsePolicy(policy)).start(runOptions(sampler));
      const latent = await carry(pipeline, run, prompt, sampler, guidanceScale, seed);
      return { latent, report: run.report() };
    },
    async recording(prompt, options = {}, sampler = own) {
      const model = record(pipeline.runner, { label: prompt, guidance: guidanceScale, ...options });
      const run = model.start(runOptions(sampler));
      await carry(pipeline, run, prompt, sampler, guidanceScale, seed);
      return run.recording();
    },
  };
}

const BRANCHES = ['conditional', 'unconditional'] as const;

function runOptions({ timesteps }: Sampler): { timesteps: readonly number[]; branches: readonly string[] } {
  return { timesteps, branches: BRANCHES };
}

type LatteInput = ReturnType<Pipeline['input']>;

async function carry(
  pipeline: Pipeline,
  run: Pick<Run<LatteInput, { readonly data: Float32Array }>, 'guided'>,
  prompt: string,
  sampler: Sampler,
  scale: number,
  seed: number,
): Promise<Float32Array> {
  const embeddings = await embedBranches(pipeline, prompt, scale);
  let latent: Float32Array = gaussianNoise(pipeline.latentLength, seed);
  for (const [step, timestep] of sampler.timesteps.entries()) {
    const inputs: Record<string, LatteInput> = {};
    for (const branch of BRANCHES) {
      const embedding = embeddings[branch];
      if (embedding) inputs[branch] = pipeline.input(latent, timestep, embedding);
    }
    const { data } = await run.guided(inputs, { step, scale });
    latent = sampler.step(latent, data, step);
  }
  return latent;
}

/**
 * The steps of a DDIM run over a variance-preserving schedule, for a model of rectified flow: at each of its timesteps the
 * time t with the same ratio of noise to signal, √(1 − ᾱ) / √ᾱ = t / (1 − t).
 */
export function ddimTypeSampler(steps: number): Sampler {
  const alphas = cumulativeAlphas({ schedule: 'linear' });
  const stride = Math.floor(alphas.length / steps);
  const times = Array.from({ length: steps }, (_, step) => {
    const alpha = alphas[(steps - 1 - step) * stride] ?? 1;
    return Math.sqrt(1 - alpha) / (Math.sqrt(alpha) + Math.sqrt(1 - alpha));
  });
  const all = [...times, 0];
  return {
    steps,
    timesteps: times.map((time) => 1000 * time),
    step: (sample, velocity, step) => eulerStep(sample, velocity, all[step] ?? 0, all[step + 1] ?? 0),
  };
}

/** The relative L1 distance of a latent from another. */
export function relativeDistance(latent: Float32Array, plain: Float32Array): number {
  let [difference, size] = [0, 0];
  for (const [index, value] of plain.entries()) {
    difference += Math.abs((latent[index] ?? Number.NaN) - value);
    size += Math.abs(value);
  }
  return difference / size;
}
