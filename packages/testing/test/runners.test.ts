import { fromBlocks, type Float32Feature } from '@refrain/core';
import { describe, test } from 'vitest';
import { exactModel, runnerLaws, trackedRunner } from '../src/index.ts';
import { fuzz } from './seed.ts';

const tries = { test, numRuns: Math.ceil(fuzz.numRuns / 5), seed: fuzz.seed ?? 0 };
const map = (x: Float32Feature, change: (value: number) => number): Float32Feature =>
  x instanceof Float32Array ? x.map(change) : x.map((part) => part.map(change));

describe('plain blocks, written by hand', () => {
  const block = {
    run: (x: Float32Feature, time: number) => map(x, (value) => value + 0.1 * Math.tanh(value * time)),
    modulated: (x: Float32Feature, time: number) => map(x, (value) => value * time),
  };
  runnerLaws(
    () =>
      fromBlocks([block, block, block], {
        enter: ({ sample, time }: { sample: Float32Array; time: number }) => ({
          x: sample.slice(),
          context: time,
        }),
      }),
    {
      ...tries,
      input: ({ timestep }, variant) => ({
        sample: Float32Array.of(1 + variant, -2, 0.5 * variant, 3),
        time: timestep / 1000,
      }),
      numbers: (output) => output as Float32Array,
    },
  );
});

describe('a tuple of arrays, in and out as it is', () => {
  runnerLaws(() => fromBlocks([(x: Float32Feature) => map(x, (value) => value * 1.5 + 1)]), {
    ...tries,
    branches: ['conditional', 'unconditional'],
    input: ({ step }, variant) => [Float32Array.of(step, variant), Float32Array.of(1)],
    numbers: (output) => (output as readonly Float32Array[]).flatMap((part) => [...part]),
  });
});

describe.each([
  ['blocks', {}],
  ['modules', { model: { modules: ['self-attention', 'mlp'] as const } }],
  ['everything at once', { sketches: true, asynchronous: true, early: true, echoes: true }],
])('the tracked runner of %s', (_, options) => {
  runnerLaws(
    () => trackedRunner({ ...options, model: { ...exactModel, ...('model' in options && options.model) } }),
    {
      ...tries,
      branches: ['conditional', 'unconditional'],
      input: ({ step, branch }, variant) => 10 * step + variant + branch.length,
      numbers: (output) => output,
    },
  );
});
