import { always, fora, never, refrain, streamOf, teacache, type ModuleKind } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  lipschitzOf,
  SimError,
  simulate,
  simulateBare,
  syntheticDit,
  type SyntheticModule,
  type SyntheticOptions,
} from '../../src/index.ts';
import { fuzz } from '../seed.ts';

const small: SyntheticOptions = { blocks: 3, tokens: 8, frames: 2, channels: 6, steps: 6 };

const kinds: readonly ModuleKind[] = [
  'self-attention',
  'spatial-attention',
  'temporal-attention',
  'cross-attention',
  'mlp',
  'other',
];

const systems: fc.Arbitrary<SyntheticOptions> = fc.record({
  seed: fc.nat(),
  blocks: fc.integer({ min: 1, max: 4 }),
  tokens: fc.constantFrom(1, 4, 8, 12),
  channels: fc.integer({ min: 1, max: 7 }),
  modules: fc.array(fc.constantFrom(...kinds), { maxLength: 3 }),
  steps: fc.integer({ min: 2, max: 8 }),
  schedule: fc.constantFrom('flow', 'shifted-flow', 'linear', 'cosine'),
  guidance: fc.constantFrom(1, 3),
  noise: fc.constantFrom(0, 0.1),
});

const some = { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 4) };

describe('syntheticDit', () => {
  test('is a stream of blocks and modules that policies can act on', () => {
    const dit = syntheticDit({ ...small, modules: ['spatial-attention', 'mlp', 'mlp'] });
    const stream = streamOf(dit.sites, dit.conditioning);
    expect(stream.length).toBe(9);
    expect(stream.blocks.map(({ name }) => name)).toEqual(['blocks.0', 'blocks.1', 'blocks.2']);
    expect(stream.inner.slice(0, 3).map(({ name }) => name)).toEqual([
      'blocks.0/spatial-attention',
      'blocks.0/mlp',
      'blocks.0/mlp.2',
    ]);
    expect(stream.conditioning).toEqual(['timestep-embedding']);
    expect(dit.model).toBeDefined();
  });

  test('is the same for the same seed, and another for another', () => {
    const [first, second, other] = [7, 7, 8].map((seed) => simulateBare(syntheticDit({ ...small, seed })));
    expect(second).toEqual(first);
    expect(other?.sample).not.toEqual(first?.sample);
  });

  test('does not depend on what was run before', async () => {
    const dit = syntheticDit(small);
    const first = simulateBare(dit);
    await simulate(dit, fora({ interval: 2 }), { seed: 5 });
    expect(simulateBare(dit)).toEqual(first);
  });

  test('under the policy never is bit-identical with the bare run', async () => {
    await fc.assert(
      fc.asyncProperty(systems, async (options) => {
        const run = await simulate(syntheticDit(options), never());
        expect(run.samples).toEqual(run.plain.samples);
        expect(run.predictions).toEqual(run.plain.predictions);
        expect(run.drift).toMatchObject({ l2: 0, relative: 0, max: 0 });
      }),
      some,
    );
  });

  test('drifts when a policy reuses, and says how far', async () => {
    const run = await simulate(syntheticDit(small), always());
    expect(run.report.reuseRate).toBeGreaterThan(0);
    expect(run.drift.l2).toBeGreaterThan(0);
    expect(run.drift.max).toBeLessThanOrEqual(run.drift.l2);
    expect(run.drift.steps.at(-1)).toBe(run.drift.l2);
  });

  test('starts from the noise that it is given', async () => {
    const dit = syntheticDit(small);
    const run = await simulate(dit, never(), { seed: 11 });
    expect(run.samples[0]).toEqual(dit.noise(11));
    expect(run.samples[0]).not.toEqual(dit.noise());
  });

  test('offers the timestep embedding to policies that measure it', async () => {
    const dit = syntheticDit({ ...small, steps: 12 });
    const run = await simulate(dit, teacache({ signal: 'timestep-embedding', threshold: 10 }));
    expect(run.report.reuseRate).toBeGreaterThan(0);
    expect(run.report.warnings).toEqual([]);
  });

  test('returns conditioning taps among others, in the order of the request', async () => {
    const dit = syntheticDit(small);
    const timestep = dit.sampling.sampler.timesteps[0] as number;
    const pass = await dit.enter(
      { sample: dit.noise() },
      { step: 0, call: 0, branch: 'conditional', timestep },
    );
    const embedding = { tap: { of: 'conditioning', name: 'timestep-embedding' } } as const;
    const { taps } = await pass.span({
      from: 0,
      until: 2,
      x: pass.x,
      values: new Map(),
      taps: [{ tap: { of: 'stream', at: 0 } }, embedding, { tap: { of: 'value', at: 1 } }],
    });
    expect(taps[0]).toBe(pass.x);
    expect(taps[1]).toEqual(dit.network.momentAt(timestep).embedding);
    expect(taps[2]).toHaveLength(48);
    const looked = await pass.look?.(0, pass.x, [embedding, { tap: { of: 'modulated', at: 0 } }]);
    expect(looked?.map((feature) => feature.length)).toEqual([6, 48]);
  });

  test('runs at timesteps between those of its sampler', async () => {
    const dit = syntheticDit(small);
    const [first = 0, second = 0] = dit.sampling.sampler.timesteps;
    const phases = [first, (first + second) / 2, second].map(
      (timestep) => dit.network.momentAt(timestep).phase,
    );
    expect(phases[1]).toBeCloseTo(((phases[0] as number) + (phases[2] as number)) / 2);
    const run = refrain(dit, never()).start({ timesteps: [1200, 433.3, -5] });
    const output = await run.step({ sample: dit.noise() }, { step: 1 });
    expect(output.every(Number.isFinite)).toBe(true);
  });

  test('gives both branches a conditioning of their own', () => {
    const dit = syntheticDit({ ...small, guidance: 4 });
    expect(dit.branches).toEqual(['conditional', 'unconditional']);
    const [conditional, unconditional] = dit.branches.map((branch) =>
      dit.predict(dit.noise(), { timestep: 1000, branch }),
    );
    expect(conditional).not.toEqual(unconditional);
  });

  test('refuses a sample of another size', async () => {
    const dit = syntheticDit(small);
    expect(() => dit.predict(new Float32Array(5), { timestep: 1000, branch: 'conditional' })).toThrow(
      'expected a sample of 8 tokens × 6 channels as a Float32Array of 48 values, got 5 values',
    );
    const run = refrain(dit, never()).start({ timesteps: [2, 1] });
    await expect(run.step({ sample: new Float32Array(47) }, { step: 0 })).rejects.toThrow('47 values');
  });

  test.each([
    [{ blocks: 0 }, 'blocks: expected an integer from 1 to 1000, got 0'],
    [{ tokens: 2.5 }, 'tokens: expected an integer'],
    [{ frames: 3 }, 'frames: expected a divisor of tokens = 16, got 3'],
    [{ steps: 1 }, 'steps: expected an integer from 2 to 1000, got 1'],
    [{ shape: 'v' }, 'shape: expected one of u, l, inverted-l, flat, oscillating, got "v"'],
    [{ motion: 'hasty' }, 'motion: expected still, calm, normal, fast, or a number from 0 to 4, got "hasty"'],
    [{ noise: Number.NaN }, 'noise: expected a number from 0 to 1'],
    [{ modules: ['mlp', 'conv'] }, 'modules: expected a list of at most 8 of self-attention'],
    [{ shift: 3 }, 'shift: expected schedule "shifted-flow" with it, got "flow"'],
    [{ spectralnorm: 1 }, 'spectralnorm: unknown, did you mean spectralNorm?'],
    [{ seed: -1, early: 2 }, 'early: expected a number from 0 to 1, got 2'],
  ])('refuses %j', (options, message) => {
    const make = () => syntheticDit(options as SyntheticOptions);
    expect(make).toThrow(SimError);
    expect(make).toThrow(message);
  });
});

describe('constants', () => {
  test('every module has the spectral norm that was set', () => {
    fc.assert(
      fc.property(systems, fc.constantFrom(0.01, 0.5, 1, 3), (options, spectralNorm) => {
        const { network } = syntheticDit({ ...options, spectralNorm });
        for (const module of network.modules) {
          const estimate = powerIteration(module.weight, network.channels);
          expect(estimate).toBeLessThanOrEqual(spectralNorm * (1 + 1e-9));
          expect(estimate).toBeGreaterThan(spectralNorm * (1 - 1e-9));
          expect(mixingNorm(module)).toBeCloseTo(1, 9);
        }
        expect(powerIteration(network.entry, network.channels)).toBeCloseTo(1, 9);
        expect(powerIteration(network.head, network.channels)).toBeCloseTo(network.headNorm, 9);
      }),
      some,
    );
  });

  test('no two samples come further apart than the Lipschitz constants allow', () => {
    fc.assert(
      fc.property(systems, fc.nat(), fc.constantFrom(1e-3, 0.1, 10), (options, seed, scale) => {
        const dit = syntheticDit(options);
        const { steps } = lipschitzOf(dit);
        const first = dit.noise();
        const second = first.map((value, index) => value + scale * (dit.noise(seed)[index] as number));
        const apart = distance(first, second);
        for (const [step, timestep] of dit.sampling.sampler.timesteps.entries())
          for (const branch of dit.branches) {
            const [one, other] = [first, second].map((sample) => dit.predict(sample, { timestep, branch }));
            const ratio = distance(one as Float32Array, other as Float32Array) / apart;
            expect(ratio).toBeLessThanOrEqual((steps[step]?.prediction ?? 0) * (1 + 1e-3));
          }
      }),
      some,
    );
  });

  test('add up from module to run', () => {
    const dit = syntheticDit(small);
    const { enter, modules, blocks, stack, head, travel, steps, run } = lipschitzOf(dit);
    const product = (factors: readonly number[]) => factors.reduce((all, factor) => all * factor, 1);
    expect(enter).toBe(1);
    expect(modules.map(({ value }) => value)).toEqual(Array.from({ length: 6 }, () => 0.5));
    expect(product(blocks)).toBeCloseTo(product(modules.map(({ stream }) => stream)));
    expect(stack).toBeLessThanOrEqual(product(blocks));
    expect(head).toBeCloseTo(0.4);
    expect(travel.at(-1)).toBeCloseTo(head);
    expect(travel[0]).toBeCloseTo(head * stack);
    expect(run).toBeCloseTo(product(steps.map(({ step }) => step)));
  });
});

/** The largest singular value of a square matrix, by repeated multiplication with its square. */
function powerIteration(matrix: Float64Array, size: number): number {
  let vector = Float64Array.from({ length: size }, (_, index) => 1 + index / 7);
  let scale = 0;
  for (let round = 0; round < 50; round++) {
    const forward = vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
    const back = vector.map((_, column) =>
      forward.reduce((sum, value, row) => sum + value * (matrix[row * size + column] as number), 0),
    );
    scale = Math.sqrt(dot(back, back));
    vector = back.map((value) => value / scale);
  }
  return Math.sqrt(scale);
}

/** The largest singular value of a ring's matrix: the largest of its Fourier coefficients. */
function mixingNorm({ mixing }: SyntheticModule): number {
  if (!mixing) return 1;
  const { size, weights } = mixing;
  const coefficients = Array.from({ length: size }, (_, frequency) => {
    const part = (of: (angle: number) => number) =>
      weights.reduce((sum, weight, index) => sum + weight * of((2 * Math.PI * frequency * index) / size), 0);
    return Math.hypot(part(Math.cos), part(Math.sin));
  });
  return Math.max(...coefficients);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, index) => value - (b[index] as number)));
}
