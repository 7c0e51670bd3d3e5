import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { onnxRunner, type OnnxInput, type OnnxRunner } from '../../src/index.ts';
import { readLayout } from '../layout.ts';
import { lockstep } from './lockstep.ts';

const timesteps = [1000, 900, 780, 650, 500, 340, 160];

/** Text beside the stream, as a second stream to the end, as one that is joined to the first, and as a pair. */
const layouts = ['wan', 'mmdit', 'flux.dynamo', 'cogvideo-pair'];

const policies = [
  'fbcache(threshold=1.5,stride=7)',
  'bwcache(threshold=1.5,interval=2)',
  'teacache(threshold=2)',
  'fora(interval=3)',
  'fora(interval=3,cache=stack)',
  'easycache(threshold=3,warmUp=2)',
];

describe.each(layouts)('%s: a compiled graph, and the executor with the plan made for the policy', (name) => {
  const layout = readLayout(name);
  const { path, latentInput: latent } = layout;
  const model = readFileSync(path);
  let runner: OnnxRunner | undefined;
  afterAll(async () => runner?.dispose());

  test.each(policies)('%s', async (id) => {
    await runner?.dispose();
    runner = await onnxRunner({ model: path, policy: id, selfCheck: false });
    const inputs = layout.input();
    const input = (timestep: number): OnnxInput => {
      const { timestep: given } = inputs;
      if (!(given?.data instanceof Float32Array)) return inputs;
      return { ...inputs, timestep: { ...given, data: given.data.map(() => timestep) } };
    };
    const { executor, compiled, difference } = await lockstep({ runner, model, latent, input }, id, {
      timesteps,
    });
    expect(compiled).toBe(executor);
    expect(executor).toContain('0');
    expect(difference).toBeLessThan(1e-5);
  });
});
