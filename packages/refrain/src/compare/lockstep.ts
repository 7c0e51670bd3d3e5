import type { Policy, RunReport } from '@refrain/core';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
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
 * Generates plainly and under every policy at the same time, step by step in an order that is shuffled anew at each, so
 * that a noisy neighbour on the machine, and whatever the one before left in the processor's cache, disturb all alike.
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
  const order = xoroshiro128plus(options.seed);
  try {
    for (let step = 0; step < options.steps; step++)
      for (const turn of shuffled([plain, ...cached].length, order)) {
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

/** 0 … count − 1 in random order (Fisher and Yates). The same seed gives the same orders. */
function shuffled(count: number, random: RandomGenerator): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
