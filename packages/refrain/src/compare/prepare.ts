import type { Policy } from '@refrain/core';
import type { CostModel } from '@refrain/sim';
import { carryThrough, embedBranches, startCached, type GenerationOptions } from '../pipeline/generation.ts';
import { measureModelCosts } from '../pipeline/model-costs.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { CompareProgress } from './options.ts';

/** Measures what sites cost, and rehearses every policy, so that no compilation falls into a timed step. */
export async function prepare(
  pipeline: Pipeline,
  prompt: string,
  policies: readonly Policy[],
  options: GenerationOptions & { readonly signal: AbortSignal },
  progress: Pick<CompareProgress, 'step'>,
): Promise<CostModel> {
  const costs = await measureModelCosts(pipeline, options);
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
