import type { Float32Tensor, Policy, RunReport } from '@refrain/core';
import { flowMatchingEuler, gaussianNoise, type Sampler } from '@refrain/diffusion';
import type { Job } from '../messages.ts';
import type { Branches, OpenModel } from './open-model.ts';

/** Prompt embeddings by branch, the conditional one first. */
export type Embeddings = Readonly<Record<string, Float32Tensor>>;

/** What all generations of a job have in common. */
export interface Setting {
  readonly model: OpenModel;
  readonly job: Job;
  readonly embeddings: Embeddings;
  /** Number of values of a latent. */
  readonly latentLength: number;
  readonly signal: AbortSignal;
}

/** One generation that is carried on step by step, so that several can be interleaved. */
export interface Generation {
  /** Runs the next step. */
  advance(): Promise<void>;
  /** The latent as it stands; after the last step the video. */
  readonly latent: Float32Array<ArrayBuffer>;
  /** Seconds of all finished steps, model and sampler together, without compiling. */
  readonly seconds: number;
}

/** A generation under a policy. */
export interface CachedGeneration extends Generation {
  report(): RunReport;
  /** Frees what it holds. */
  end(): void;
}

/** Embeds the prompt for all branches: guidance at scale 1 needs no unconditional one. */
export async function embedBranches(model: OpenModel, { prompt, guidance }: Job): Promise<Embeddings> {
  const conditional = await model.embed(prompt);
  return guidance === 1 ? { conditional } : { conditional, unconditional: await model.embed(undefined) };
}

/** Starts a generation by the bare model. */
export function startPlain(setting: Setting): Generation {
  const { model, job, signal } = setting;
  const sampler = flowMatchingEuler(job);
  return carryOn(setting, sampler, (inputs, step) =>
    model.plain(inputs, { step, call: 0, timestep: sampler.timesteps[step] ?? 0, signal }, job.guidance),
  );
}

/**
 * Starts a generation under a policy.
 *
 * @throws PolicyError when the policy needs what the backend does not offer, or does not fit the run
 */
export function startCached(setting: Setting, policy: Policy): CachedGeneration {
  const { model, job, embeddings, signal } = setting;
  const sampler = flowMatchingEuler(job);
  const run = model.start(policy, {
    timesteps: sampler.timesteps,
    branches: Object.keys(embeddings),
    signal,
  });
  const generation = carryOn(setting, sampler, (inputs, step) => run.guided(inputs, step, job.guidance));
  return Object.assign(generation, { report: () => run.report(), end: () => run.end() });
}

function carryOn(
  { model, job, embeddings, latentLength }: Setting,
  sampler: Sampler,
  velocity: (inputs: Branches, step: number) => Promise<Float32Array>,
): Generation {
  let latent = gaussianNoise(latentLength, job.seed);
  let [step, seconds] = [0, 0];
  return {
    async advance() {
      const [start, compiled] = [performance.now(), model.compiling()];
      const timestep = sampler.timesteps[step] ?? 0;
      const inputs = Object.entries(embeddings).map(
        ([branch, embedding]) => [branch, { latent, timestep, embedding }] as const,
      );
      latent = sampler.step(latent, await velocity(Object.fromEntries(inputs), step), step);
      step += 1;
      seconds += (performance.now() - start) / 1000 - (model.compiling() - compiled);
    },
    get latent() {
      return latent;
    },
    get seconds() {
      return seconds;
    },
  };
}
