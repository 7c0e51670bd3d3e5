import { streamOf } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  devices,
  ditModels,
  ditStream,
  passWork,
  publishedLatencies,
  rooflineCosts,
  SimError,
  spreadCosts,
  type Device,
  type DitModel,
  type DitModelName,
} from '../../src/index.ts';
import { fuzz } from '../seed.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const names = Object.keys(ditModels) as DitModelName[];
const petaflops = (name: DitModelName): number => {
  const model = ditModels[name];
  return (passWork(model).flops * model.steps * model.passesPerStep) / 1e15;
};

/** One block of attention over 4 tokens of 2 channels: small enough to count by hand. */
const tiny: DitModel = {
  name: 'tiny',
  frames: 2,
  tokensPerFrame: 2,
  width: 2,
  heads: 1,
  mlpWidth: 4,
  textTokens: 3,
  patch: { in: 1, out: 1 },
  stack: [{ repeat: 1, blocks: [{ family: 'full', crossAttention: false }] }],
  steps: 1,
  passesPerStep: 1,
  batch: 1,
  source: 'by hand',
};

describe('passWork', () => {
  test('counts by hand: projections, scores, MLP, patches', () => {
    // 4 tokens: qkv 2·4·2·6, scores and sum 4·4·4·2, out 2·4·2·2, MLP 2·(2·4·2·4), patches 2·(2·4·1·2)
    expect(passWork(tiny).flops).toBe(96 + 128 + 32 + 128 + 32);
  });

  test('attention within frames, or along them, has fewer scores', () => {
    const of = (family: 'spatial' | 'temporal' | 'full'): number =>
      passWork({ ...tiny, stack: [{ repeat: 1, blocks: [{ family, crossAttention: false }] }] }).flops;
    expect(of('full') - of('spatial')).toBe(4 * 4 * (4 - 2) * 2);
    expect(of('temporal')).toBe(of('spatial'));
  });

  test('a single-stream block has the products of a joint one', () => {
    const of = (family: 'joint' | 'single'): number =>
      passWork({ ...tiny, stack: [{ repeat: 1, blocks: [{ family, crossAttention: false }] }] }).flops;
    expect(of('single')).toBe(of('joint'));
  });

  // TeaCache, table 1: FLOPs of a generation. AdaCache's table has 3.44 for Latte and 3.23 for Open-Sora.
  test.each([
    ['latte', 3.36, 0.02],
    ['open-sora-1.2', 3.15, 0.08],
  ] as const)('%s is as published: %d PFLOP', (name, published, within) => {
    expect(Math.abs(petaflops(name) / published - 1)).toBeLessThan(within);
  });
});

describe('rooflineCosts', () => {
  test.each(names)('%s: a position for each site of its stream', (name) => {
    const model = ditModels[name];
    const stream = ditStream(model);
    expect(streamOf([...stream.blocks, ...stream.inner])).toEqual(stream);
    const { whole, value } = rooflineCosts(model, devices['a800-80gb']);
    expect(whole).toHaveLength(stream.length);
    expect(value).toHaveLength(stream.length);
    for (const [position, seconds] of value.entries()) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(whole[position] ?? 0);
    }
  });

  test('blocks of the published models', () => {
    const blocks = (name: DitModelName): number => ditStream(ditModels[name]).blocks.length;
    expect(names.map((name) => [name, blocks(name)])).toEqual([
      ['open-sora-1.2', 56],
      ['latte', 56],
      ['wan-2.1-14b', 40],
      ['wan-2.1-1.3b', 30],
      ['hunyuan-video', 60],
      ['latte-mini', 12],
    ]);
  });

  test.each(['open-sora-1.2', 'latte', 'wan-2.1-14b', 'wan-2.1-1.3b', 'hunyuan-video'] as const)(
    '%s: the bound lies below the published latency',
    (name) => {
      const model = ditModels[name];
      const { frame, whole } = rooflineCosts(model, devices['a800-80gb'], { achieved: 1 });
      const seconds = model.steps * model.passesPerStep * (frame + sum(whole));
      expect(seconds).toBeLessThan(publishedLatencies[name].plain);
      expect(seconds).toBeGreaterThan(0.25 * publishedLatencies[name].plain);
    },
  );

  test('no device makes its peaks: seconds go down with both, and with the share of them', () => {
    const device = fc.record({
      compute: fc.double({ min: 1e9, max: 1e15, noNaN: true }),
      bandwidth: fc.double({ min: 1e9, max: 1e13, noNaN: true }),
      achieved: fc.double({ min: 0.01, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...names), device, (name, { compute, bandwidth, achieved }) => {
        const made: Device = { name: 'any', flops: { bf16: compute, fp32: compute }, bandwidth, source: '' };
        const model = ditModels[name];
        const { flops, moved } = passWork(model);
        const { frame, whole } = rooflineCosts(model, made, { achieved });
        const total = frame + sum(whole);
        const least = Math.max(flops / compute, (2 * moved) / bandwidth) / achieved;
        expect(total).toBeGreaterThanOrEqual(least * (1 - 1e-9));
        expect(total).toBeLessThanOrEqual(
          ((flops / compute + (2 * moved) / bandwidth) / achieved) * (1 + 1e-9),
        );
      }),
      fuzz,
    );
  });

  test('float32 moves twice the bytes', () => {
    const slow: Device = { name: 'slow', flops: { bf16: 1e30, fp32: 1e30 }, bandwidth: 1, source: '' };
    const half = rooflineCosts(tiny, slow);
    const full = rooflineCosts(tiny, slow, { precision: 'fp32' });
    expect(sum(full.whole)).toBeCloseTo(2 * sum(half.whole), 6);
  });

  test.each([{ achieved: 0 }, { achieved: 1.1 }, { achieved: Number.NaN }, { stride: 0 }])(
    'refuses %o',
    (options) => {
      expect(() => rooflineCosts(tiny, devices.h200, options)).toThrow(SimError);
    },
  );
});

describe('spreadCosts', () => {
  const costs = rooflineCosts(ditModels['open-sora-1.2'], devices.h200);

  test('keeps what the stack costs, at any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (length) => {
        const spread = spreadCosts(costs, length);
        expect(spread.whole).toHaveLength(length);
        expect(spread.value).toHaveLength(length);
        expect(sum(spread.whole)).toBeCloseTo(sum(costs.whole), 12);
        expect(sum(spread.value)).toBeCloseTo(sum(costs.value), 12);
      }),
      fuzz,
    );
  });

  test('keeps the depth at which it is spent', () => {
    const given = { ...costs, whole: [1, 3], value: [1, 2] };
    expect(spreadCosts(given, 4).whole).toEqual([0.5, 0.5, 1.5, 1.5]);
    expect(spreadCosts({ ...costs, whole: [1, 2, 3], value: [0, 0, 0] }, 2).whole).toEqual([2, 4]);
    expect(spreadCosts(given, 2)).toBe(given);
  });

  test('refuses streams without positions', () => {
    expect(() => spreadCosts(costs, 0)).toThrow(SimError);
    expect(() => spreadCosts({ ...costs, whole: [] }, 3)).toThrow(SimError);
  });
});
