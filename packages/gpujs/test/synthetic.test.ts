import { bwcache, fora, never, pab, refrain, teacache, type Policy } from '@refrain/core';
import { driftBetween, simulate, syntheticDit, type SyntheticOptions } from '@refrain/sim';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGpu, syntheticRunner, type GpuDevice } from '../src/index.ts';
import { largestDifference } from './latte-mini.ts';
import { runs } from './seed.ts';

const kinds = [
  'self-attention',
  'spatial-attention',
  'temporal-attention',
  'cross-attention',
  'mlp',
] as const;

/** Models of all kinds: blocks of one piece, any modules, tokens in frames, guidance, both predictions. */
const models: fc.Arbitrary<SyntheticOptions> = fc
  .record({
    seed: fc.integer({ min: 0, max: 1000 }),
    blocks: fc.integer({ min: 1, max: 6 }),
    frames: fc.integer({ min: 1, max: 3 }),
    space: fc.integer({ min: 1, max: 4 }),
    channels: fc.integer({ min: 2, max: 12 }),
    modules: fc.array(fc.constantFrom(...kinds), { maxLength: 3 }),
    schedule: fc.constantFrom('flow' as const, 'cosine' as const),
  })
  .map(({ frames, space, ...options }) => ({ ...options, frames, tokens: frames * space, steps: 6 }));

describe.each(['cpu', 'webasm'] as const)('the synthetic DiT in mode %s', (mode) => {
  let device: GpuDevice;
  beforeAll(async () => {
    device = await openGpu({ modes: [mode] });
  });
  afterAll(() => device.dispose());

  test('predicts what the model in main memory predicts, within 1e-5', async () => {
    await fc.assert(
      fc.asyncProperty(models, fc.boolean(), async (options, conditional) => {
        const dit = syntheticDit(options);
        const runner = await syntheticRunner(dit, { device });
        const timestep = dit.sampling.sampler.timesteps[2] ?? Number.NaN;
        const place = { timestep, branch: conditional ? 'conditional' : 'unconditional' };
        const sample = dit.noise();
        const expected = dit.predict(sample, place);
        expect(largestDifference(await runner.plain({ sample }, place), expected)).toBeLessThan(1e-5);
        await runner.dispose();
      }),
      { numRuns: runs(8) },
    );
  });

  test('the model of the defaults is within 1e-5 of the one in main memory, tap by tap', async () => {
    const dit = syntheticDit();
    const runner = await syntheticRunner(dit, { device });
    expect(runner.sites).toEqual(dit.sites);
    expect(runner.conditioning).toEqual(dit.conditioning);
    const length = dit.network.modules.length;
    const [timestep = 0] = dit.sampling.sampler.timesteps;
    const at = { step: 0, call: 0, branch: 'conditional', timestep };
    const taps = (['stream', 'modulated', 'value'] as const).flatMap((of) =>
      [0, 7, length - 1].map((where) => ({ tap: { of, at: where } })),
    );
    const input = { sample: dit.noise() };
    const [onDevice, inMemory] = [await runner.enter(input, at), await dit.enter(input, at)];
    const asked = { from: 0, until: length, taps };
    const got = await onDevice.span({ ...asked, x: onDevice.x, values: new Map() });
    const expected = await inMemory.span({ ...asked, x: inMemory.x, values: new Map() });
    for (const [index, tap] of got.taps.entries())
      expect(largestDifference(await tap.read(), expected.taps[index] as Float32Array)).toBeLessThan(1e-5);
    for (const tensor of [onDevice.x, got.x, ...got.taps]) tensor.dispose();
    onDevice.release?.();
    await runner.dispose();
  });

  test.each<readonly [string, () => Policy]>([
    ['never', () => never()],
    ['fora', () => fora({ interval: 3 })],
    ['teacache', () => teacache({ threshold: 0.3 })],
    ['bwcache', () => bwcache({ threshold: 0.3 })],
    ['pab', () => pab({ low: 0, high: 1000 })],
  ])(
    'a whole run under %s takes the decisions and comes to the sample of the one in main memory',
    async (_, policy) => {
      const dit = syntheticDit({
        blocks: 6,
        steps: 12,
        guidance: 2,
        modules: ['spatial-attention', 'temporal-attention', 'cross-attention', 'mlp'],
      });
      const runner = await syntheticRunner(dit, { device });
      const { sampler } = dit.sampling;
      const run = refrain(runner, policy()).start({ timesteps: sampler.timesteps, branches: dit.branches });
      const samples = [dit.noise()];
      for (let step = 0; step < sampler.steps; step++) {
        const sample = samples.at(-1) as Float32Array;
        const inputs = Object.fromEntries(dit.branches.map((branch) => [branch, { sample }]));
        const prediction = await run.guided(inputs, { step, scale: dit.options.guidance });
        samples.push(sampler.step(sample, prediction, step));
      }
      const expected = await simulate(dit, policy());
      expect(run.report().mask).toEqual(expected.report.mask);
      expect(driftBetween(samples, expected.samples).relative).toBeLessThan(1e-5);
      await runner.dispose();
    },
  );

  test('nothing of all this is left on the device', () => {
    expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });
});
