import { streamOf, type Policy } from '@refrain/core';
import { carryThrough, embedBranches, startCached } from '../pipeline/generation.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { CompareOptions, CompareProgress } from './options.ts';
import { measureSiteCosts, type SiteCosts } from './site-costs.ts';

/** Rounds of the measurement of site costs. */
const COST_ROUNDS = 5;

/** Measures what sites cost, and rehearses every policy, so that no compilation falls into a timed step. */
export async function prepare(
  pipeline: Pipeline,
  prompt: string,
  policies: readonly Policy[],
  options: CompareOptions,
  progress: CompareProgress,
): Promise<SiteCosts> {
  const costs = await costsOf(pipeline, options);
  for (const policy of policies) {
    // One branch is enough where branches run the same spans, which is not so where one may decide for the other.
    const both = policy.needs.model ?? policy.shared ?? false;
    const rehearsal = both ? options : { ...options, guidance: 1 };
    const embeddings = await embedBranches(pipeline, prompt, rehearsal.guidance);
    await carryThrough(startCached(pipeline, policy, embeddings, rehearsal), options, (step) =>
      progress.step(prompt, `rehearsal of ${policy.id}`, step),
    );
  }
  return costs;
}

async function costsOf(pipeline: Pipeline, options: CompareOptions): Promise<SiteCosts> {
  const { runner } = pipeline;
  const embedding = await pipeline.embed(undefined);
  const input = pipeline.input(new Float32Array(pipeline.latentLength), 500, embedding);
  const at = { step: 0, call: 0, branch: 'unconditional', timestep: 500, signal: options.signal };
  return measureSiteCosts(runner, streamOf(runner.sites, runner.conditioning), input, at, COST_ROUNDS);
}
