import type { Policy, RunReport } from '@refrain/core';
import type { Pipeline } from '../pipeline/pipeline.ts';
import {
  requireFinite,
  startCached,
  startPlain,
  type CachedGeneration,
  type Embeddings,
  type Generation,
  type GenerationOptions,
  type PlainGeneration,
} from '../pipeline/generation.ts';

/** A finished generation under a policy. */
export interface FinishedGeneration {
  readonly policy: Policy;
  readonly latent: Float32Array;
  readonly seconds: number;
  readonly report: RunReport;
}

/** What one round of interleaved generations gave. */
export interface Round {
  readonly plain: {
    readonly latent: Float32Array;
    readonly seconds: number;
    readonly passes: PlainGeneration['passes'];
  };
  readonly cached: readonly FinishedGeneration[];
}

/**
 * Generates plainly and under every policy at the same time, step by step in rotating order, so that a noisy neighbour
 * on the machine disturbs all of them alike and their times can be compared.
 *
 * @param onStep - called after each step of each generation
 * @throws RunError `RUN_ABORTED` when the signal fires; everything held is freed
 */
export async function runLockstep(
  pipeline: Pipeline,
  policies: readonly Policy[],
  embeddings: Embeddings,
  options: GenerationOptions,
  onStep: (what: string, step: number) => void,
): Promise<Round> {
  const plain = startPlain(pipeline, embeddings, options);
  const cached = policies.map((policy) => startCached(pipeline, policy, embeddings, options));
  const names = ['plain', ...policies.map(({ id }) => id)];
  try {
    for (let step = 0; step < options.steps; step++)
      for (const turn of rotated([plain, ...cached].length, step)) {
        options.signal?.throwIfAborted();
        await [plain, ...cached][turn]?.advance();
        onStep(names[turn] ?? '', step);
      }
  } finally {
    for (const generation of cached) generation.end();
  }
  return {
    plain: {
      latent: requireFinite(plain.latent, 'the plain model'),
      seconds: total(plain),
      passes: plain.passes,
    },
    cached: policies.map((policy, index) => finished(policy, cached[index])),
  };
}

function finished(policy: Policy, generation: CachedGeneration | undefined): FinishedGeneration {
  if (!generation) throw new RangeError(`no generation for ${policy.id}`);
  const latent = requireFinite(generation.latent, policy.id);
  return { policy, latent, seconds: total(generation), report: generation.report() };
}

function total({ seconds }: Pick<Generation, 'seconds'>): number {
  return seconds.reduce((sum, value) => sum + value, 0);
}

/** 0 … count − 1, starting at a different one each time. */
function rotated(count: number, by: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (index + by) % count);
}
