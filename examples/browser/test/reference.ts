import { parsePolicy, type RunReport } from '@refrain/core';
import {
  carryThrough,
  embedBranches,
  startCached,
  startPlain,
} from '../../../packages/refrain/src/pipeline/generation.ts';
import { openPipeline } from '../../../packages/refrain/src/pipeline/pipeline.ts';
import type { Settings } from '../src/settings/settings.ts';

/** What the command line's own pipeline makes of the same settings, with ONNX Runtime in Node. */
export interface Reference {
  readonly plain: Float32Array;
  readonly cached: Float32Array;
  readonly report: RunReport;
}

/** Generates plainly and cached in Node. */
export async function generateInNode(
  settings: Pick<Settings, 'prompt' | 'policy' | 'steps' | 'guidance' | 'seed'>,
): Promise<Reference> {
  const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  try {
    const options = { ...settings, shift: pipeline.config.sampler.shift };
    const embeddings = await embedBranches(pipeline, settings.prompt, settings.guidance);
    const plain = startPlain(pipeline, embeddings, options);
    for (let step = 0; step < settings.steps; step++) await plain.advance();
    const cached = startCached(pipeline, parsePolicy(settings.policy), embeddings, options);
    const report = await carryThrough(cached, options, () => {});
    return { plain: plain.latent, cached: cached.latent, report };
  } finally {
    await pipeline.dispose();
  }
}
