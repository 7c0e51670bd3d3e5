import { runnerLaws } from '@refrain/testing';
import { afterAll, describe, test } from 'vitest';
import { onnxRunner, type OnnxRunner } from '../src/index.ts';
import { latteInput, latteMini } from './latte-mini.ts';
import { runs } from './seed.ts';

let runner: OnnxRunner | undefined;
afterAll(async () => runner?.dispose());

describe('latte-mini keeps the laws of runners', () => {
  runnerLaws(async () => (runner = await onnxRunner({ model: await latteMini() })), {
    test,
    numRuns: Math.min(3, runs(3)),
    // Passes of a real model take a while: as few steps as a schedule can have that reuses one and computes the next.
    timesteps: [900, 600, 300],
    input: ({ timestep }, variant) => latteInput(1, timestep, 7 + variant),
    numbers: (output) => output.data,
  });
});
