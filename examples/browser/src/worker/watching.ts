import { heatMapOf, type HeatMap } from '@refrain/charts';
import { parsePolicy } from '@refrain/core';
import { flowMatchingEuler } from '@refrain/diffusion';
import type { Setting } from './generation.ts';

/** Looks at the model beside a generation, and takes no part in it. */
export interface Watcher {
  /** One pass at the latent of a step, in which every block is measured. */
  look(latent: Float32Array, step: number): Promise<void>;
  /** How much each block changed so far. */
  heat(): HeatMap;
  end(): void;
}

/**
 * Watches the conditional branch of the plain generation in passes of its own, so that measuring costs neither generation
 * any time.
 */
export function startWatching({ model, job, embeddings, signal }: Setting): Watcher {
  const sampler = flowMatchingEuler(job);
  const run = model.start(parsePolicy('watch(tap=both)'), {
    timesteps: sampler.timesteps,
    branches: ['conditional'],
    signal,
  });
  const blocks = model.offer.stream.blocks.map(({ name }) => name);
  const { conditional: embedding } = embeddings;
  return {
    async look(latent, step) {
      if (!embedding) throw new RangeError('a job has a conditional branch');
      const timestep = sampler.timesteps[step] ?? 0;
      await run.guided({ conditional: { latent, timestep, embedding } }, step, 1);
    },
    heat: () => heatMapOf(run.report(), blocks),
    end: () => run.end(),
  };
}
