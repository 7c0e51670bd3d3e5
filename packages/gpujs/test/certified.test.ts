import { runnerLaws } from '@refrain/testing';
import { afterAll, describe, test } from 'vitest';
import { syntheticDit } from '@refrain/sim';
import { latteRunner, openGpu, syntheticRunner, type GpuDevice } from '../src/index.ts';
import { runs } from './seed.ts';
import { tinyConfig, tinyInput, tinyWeights } from './tiny-latte.ts';

describe.each(['cpu', 'webasm'] as const)('runners in mode %s keep the laws', (mode) => {
  const devices: GpuDevice[] = [];
  const open = async (): Promise<GpuDevice> => {
    const device = await openGpu({ modes: [mode] });
    devices.push(device);
    return device;
  };
  afterAll(async () => {
    for (const device of devices) await device.dispose();
  });

  describe('a small Latte', () => {
    runnerLaws(
      async () => latteRunner({ weights: tinyWeights(), config: tinyConfig, device: await open() }),
      {
        test,
        numRuns: Math.min(3, runs(3)),
        timesteps: [900, 700, 500, 300],
        branches: ['conditional', 'unconditional'],
        input: ({ timestep, branch }, variant) =>
          tinyInput(timestep, 7 + variant + (branch === 'conditional' ? 0 : 50)),
        numbers: (output) => output.data,
      },
    );
  });

  describe('a synthetic DiT', () => {
    const dit = syntheticDit({ blocks: 3, steps: 5, tokens: 4, channels: 4, seed: 5 });
    runnerLaws(async () => syntheticRunner(dit, { device: await open() }), {
      test,
      numRuns: Math.min(3, runs(3)),
      timesteps: dit.sampling.sampler.timesteps,
      branches: dit.branches,
      input: (_at, variant) => ({ sample: dit.noise(variant) }),
      numbers: (output) => output,
    });
  });
});
