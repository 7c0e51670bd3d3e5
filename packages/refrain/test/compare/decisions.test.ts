import type { RunReport } from '@refrain/core';
import { parsePolicy } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicies, defaultPrompts } from '../../src/compare/defaults.ts';
import { embedBranches, startCached } from '../../src/pipeline/generation.ts';
import { openPipeline, type Pipeline } from '../../src/pipeline/pipeline.ts';

describe('a sketched indicator on the real model', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  });
  afterAll(() => pipeline.dispose());

  const sketched = defaultPolicies.filter((id) => id.includes('stride='));
  it('is used by default', () => expect(sketched.length).toBeGreaterThan(0));

  for (const id of sketched)
    for (const prompt of defaultPrompts)
      it(`${id} decides as with the exact one: ${prompt}`, async () => {
        const exact = id.replace(/,stride=\d+/, '');
        expect((await generate(pipeline, id, prompt)).mask).toEqual(
          (await generate(pipeline, exact, prompt)).mask,
        );
      });
});

async function generate(pipeline: Pipeline, policy: string, prompt: string): Promise<RunReport> {
  const { steps, shift, guidanceScale: guidance } = pipeline.config.sampler;
  const embeddings = await embedBranches(pipeline, prompt, guidance);
  const running = startCached(pipeline, parsePolicy(policy), embeddings, { steps, shift, guidance, seed: 7 });
  for (let step = 0; step < steps; step++) await running.advance();
  return running.report();
}
