import { fbcache, parsePolicy, type FbcacheOptions } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { BUMPS, runOnSeries, TWO_BRANCHES } from './block-toy.ts';

async function maskOf(series: readonly number[], options: Partial<FbcacheOptions>): Promise<string> {
  return (await runOnSeries(fbcache(options), { series })).mask;
}

describe('First Block Cache decides as', () => {
  // Run with the projects' own code on the same series, blocks h += (i + 1)·s.
  test.each<[string, Partial<FbcacheOptions>, string]>([
    ['ParaAttention', { threshold: 0.05 }, '110101001000000101100000'],
    ['ParaAttention', { threshold: 0.08 }, '101101000010000000000000'],
    ['ParaAttention', { threshold: 0.08, warmUp: 4 }, '111101000010000000000000'],
    ['diffusers', { threshold: 0.02, variant: 'diffusers' }, '111101001111111111111111'],
    ['diffusers', { threshold: 0.08, variant: 'diffusers' }, '101101000010000000000000'],
    ['diffusers', { threshold: 0.2, variant: 'diffusers' }, '100001000000000000000000'],
    ['xDiT', { threshold: 0.08, variant: 'xdit' }, '100111000011000100000000'],
    ['xDiT', { threshold: 0.2, variant: 'xdit' }, '100001100000000000000000'],
  ])('%s, %o', async (_, options, mask) => {
    expect(await maskOf(BUMPS, options)).toBe(mask);
  });

  test('ParaAttention with alternating buffers: each branch for itself', async () => {
    const { mask, out } = await runOnSeries(fbcache(), {
      series: TWO_BRANCHES,
      branches: ['conditional', 'unconditional'],
    });
    expect(mask).toBe('110111110010000001011100010100010001010001010001');
    expect(out.slice(0, 4)).toStrictEqual([10.5625, 10.5625, 10.46875, 11.78125]);
  });

  test('diffusers on a first block that adds nothing, which it reuses for ever', async () => {
    const zeros = [0, 0, 0, 0, 0, 0];
    expect(await maskOf(zeros, { threshold: 0.05, variant: 'diffusers-nan' })).toBe('100000');
    for (const variant of ['paraattention', 'diffusers', 'xdit', 'lightx2v'] as const)
      expect(await maskOf(zeros, { threshold: 0.05, variant })).toBe('111111');
  });
});

describe('First Block Cache', () => {
  test('computes the first block always, and adds the residual of the others', async () => {
    const { blocks, out } = await runOnSeries(fbcache({ threshold: 0.5 }), { series: [1, 1.25, 4] });
    expect(blocks).toStrictEqual(['111', '100', '111']);
    // 1 + 1.25, and 2·1 + 3·1 from the first step.
    expect(out).toStrictEqual([7, 7.25, 25]);
  });

  test('compares with the last computed step, so that a slow drift is noticed', async () => {
    const slow = [1, 1.0625, 1.125, 1.1875, 1.25, 1.3125];
    expect(await maskOf(slow, { threshold: 0.125 })).toBe('101001');
    // The distance between neighbours never reaches the threshold.
    expect(await maskOf(slow, { threshold: 0.125, variant: 'lightx2v' })).toBe('100000');
  });

  test.each<[FbcacheOptions['variant'], string]>([
    ['paraattention', '1111'],
    ['diffusers', '1000'],
    ['xdit', '1111'],
    ['lightx2v', '1111'],
  ])('%s at equality', async (variant, mask) => {
    const doubled = variant === 'diffusers' ? [1, 1.5, 1.5, 1.5] : [1, 1.5, 2.25, 3.375];
    expect(await maskOf(doubled, { threshold: 0.5, variant })).toBe(mask);
  });

  test('xDiT rounds the threshold to float32, the others do not', async () => {
    // The change is float32(0.06) = 0.0599999987, below 0.06 but not below float32(0.06).
    const series = [25, 26.5];
    expect(await maskOf(series, { threshold: 0.06 })).toBe('10');
    expect(await maskOf(series, { threshold: 0.06, variant: 'xdit' })).toBe('11');
  });

  test('looks at more blocks when told', async () => {
    const { blocks } = await runOnSeries(fbcache({ threshold: 0.5, blocks: 2 }), {
      series: [1, 1],
      blocks: 4,
    });
    expect(blocks).toStrictEqual(['1111', '1100']);
  });

  test('scales the blocks down where the model has too few, and says so', async () => {
    const { blocks, report } = await runOnSeries(fbcache({ threshold: 0.5, blocks: 9 }), {
      series: [1, 1, 1],
      blocks: 4,
    });
    expect(blocks[1]).toBe('1100');
    expect(report.warnings.map(({ code }) => code)).toContain('other-model');
  });

  test('computes a model of a single block, and says so', async () => {
    const { mask, report } = await runOnSeries(fbcache({ threshold: 9 }), { series: [1, 1, 1], blocks: 1 });
    expect(mask).toBe('111');
    expect(report.warnings.map(({ code }) => code)).toContain('nothing-to-reuse');
  });

  test('reuses nothing at a threshold of 0, except diffusers what has not changed at all', async () => {
    const still = [2, 2, 3, 3];
    for (const variant of ['paraattention', 'xdit', 'lightx2v'] as const)
      expect(await maskOf(still, { threshold: 0, variant })).toBe('1111');
    expect(await maskOf(still, { threshold: 0, variant: 'diffusers' })).toBe('1010');
  });

  test('tells the change that decided', async () => {
    const { report } = await runOnSeries(fbcache({ threshold: 0.3 }), { series: [1, 1.25, 2] });
    expect(report.decisions.filter(({ site }) => site === 1).map(({ did, why }) => [did, why])).toStrictEqual(
      [
        ['computed', { kind: 'first' }],
        ['reused', { kind: 'below-threshold', value: 0.25, threshold: 0.3 }],
        ['computed', { kind: 'above-threshold', value: 1, threshold: 0.3 }],
      ],
    );
  });

  test('has the masks of the simple recursion on any series', async () => {
    const series = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 2, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(series, fc.constantFrom(0.05, 0.2, 0.75), async (values, threshold) => {
        let reference = 0;
        let expected = '';
        for (const value of values) {
          const near = reference > 0 && Math.fround(Math.abs(value - reference) / reference) < threshold;
          if (!near) reference = value;
          expected += near ? '0' : '1';
        }
        expect(await maskOf(values, { threshold })).toBe(expected);
      }),
      fuzz,
    );
  });

  test('has an id that names the variant', () => {
    const { id } = fbcache({ threshold: 0.12, variant: 'xdit' });
    expect(id).toBe('fbcache(threshold=0.12,variant=xdit)');
    expect(parsePolicy(id).id).toBe(id);
    expect(fbcache().withThreshold?.(0.2).id).toBe('fbcache(threshold=0.2)');
  });
});
