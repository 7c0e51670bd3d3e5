import { runnerLaws } from '@refrain/testing';
import { describe, test } from 'vitest';
import { driftBound, simulate, syntheticDit, type SyntheticOptions } from '../../src/index.ts';
import { fuzz } from '../seed.ts';

const systems: readonly (readonly [string, SyntheticOptions])[] = [
  ['blocks', { blocks: 3, steps: 6, tokens: 4, channels: 3, seed: 5 }],
  [
    'modules, guided',
    { blocks: 2, steps: 6, modules: ['self-attention', 'mlp'], tokens: 2, channels: 4, guidance: 3, seed: 6 },
  ],
  ['a restless system', { blocks: 4, steps: 9, tokens: 2, channels: 2, motion: 4, spectralNorm: 2, seed: 7 }],
];

describe.each(systems)('the synthetic DiT keeps the laws of runners: %s', (_, options) => {
  const dit = syntheticDit(options);
  runnerLaws(() => dit, {
    test,
    numRuns: Math.ceil(fuzz.numRuns / 5),
    seed: fuzz.seed ?? 0,
    timesteps: dit.sampling.sampler.timesteps,
    branches: dit.branches,
    input: (_at, variant) => ({ sample: dit.noise(variant) }),
    numbers: (output) => output,
    async drift(policy, variant) {
      const run = await simulate(dit, policy, { seed: variant });
      return { drift: run.drift.l2, bound: driftBound(dit, run).final, report: run.report };
    },
  });
});
