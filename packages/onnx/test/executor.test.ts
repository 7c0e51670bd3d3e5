import { bwcache, fora, never, pab, refrain, teacache, type Policy } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxRunner, type OnnxRunner } from '../src/index.ts';
import { latteInput, latteMini } from './latte-mini.ts';

const timesteps = [1000, 880, 750, 600, 420, 200];

describe('with the executor', () => {
  let runner: OnnxRunner;
  beforeAll(async () => {
    runner = await onnxRunner({ model: await latteMini(), selfCheck: false });
  });
  afterAll(async () => runner.dispose());

  const difference = async (policy: Policy): Promise<{ largest: number; reuseRate: number }> => {
    const run = refrain(runner, policy).start({ timesteps });
    let largest = 0;
    for (const [step, timestep] of timesteps.entries()) {
      const input = latteInput(1, timestep);
      const output = await run.step(input, { step });
      const { data } = await runner.plain(input);
      for (const [at, value] of data.entries())
        largest = Math.max(largest, Math.abs(value - (output.data[at] ?? Number.NaN)));
    }
    return { largest, reuseRate: run.report().reuseRate };
  };

  test('a policy that never reuses gives the bits of the plain model', async () => {
    expect(await difference(never())).toEqual({ largest: 0, reuseRate: 0 });
  });

  test.each([
    ['fora', () => fora()],
    ['bwcache', () => bwcache({ threshold: 0.5 })],
    ['teacache', () => teacache({ threshold: 0.5 })],
    ['pab', () => pab()],
  ])('%s reuses, and its output differs from the plain one', async (_, policy) => {
    const { largest, reuseRate } = await difference(policy());
    expect(reuseRate).toBeGreaterThan(0);
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(10);
  });
});
