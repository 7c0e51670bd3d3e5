import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gaussianNoise } from '../src/index.ts';
import { codeOf } from './arbitraries.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('gaussianNoise', () => {
  test('keeps its first values: a change here changes every seeded video', () => {
    expect(Array.from(gaussianNoise(6, 7))).toEqual([
      -1.4688475131988525, 0.9344058036804199, -2.066984176635742, -0.6973832845687866, -1.3515782356262207,
      0.19577443599700928,
    ]);
  });

  test('is the same for the same seed, and a longer one starts with a shorter one', () => {
    fc.assert(
      fc.property(seeds, fc.nat(50), fc.nat(50), (seed, short, more) => {
        expect(gaussianNoise(short + more, seed).slice(0, short)).toEqual(gaussianNoise(short, seed));
      }),
    );
  });

  test('differs between seeds', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        fc.pre(a !== b);
        expect(gaussianNoise(8, a)).not.toEqual(gaussianNoise(8, b));
      }),
    );
  });

  test('has the moments of a normal distribution', () => {
    // Fixed seeds, so that no run fails by chance; bounds are five standard errors.
    const values = Array.from(gaussianNoise(200_000, 1));
    const bound = (variance: number): number => 5 * Math.sqrt(variance / values.length);
    expect(Math.abs(mean(values))).toBeLessThan(bound(1));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(mean(values.map((value) => value ** 3)))).toBeLessThan(bound(15));
    expect(Math.abs(mean(values.map((value) => value ** 4)) - 3)).toBeLessThan(bound(96));
    const neighbours = values.slice(1).map((value, index) => value * (values[index] ?? 0));
    expect(Math.abs(mean(neighbours))).toBeLessThan(bound(1));
  });

  test('starts independently for neighbouring seeds', () => {
    const firsts = Array.from({ length: 4000 }, (_, seed) => gaussianNoise(1, seed)[0] ?? 0);
    const products = firsts.slice(1).map((value, index) => value * (firsts[index] ?? 0));
    expect(Math.abs(mean(products))).toBeLessThan(5 / Math.sqrt(products.length));
  });

  test('refuses seeds and lengths that are not whole numbers in range', () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(codeOf(() => gaussianNoise(1, seed))).toBe('OPTION_INVALID');
    for (const length of [-1, 0.5, Number.NaN])
      expect(codeOf(() => gaussianNoise(length, 1))).toBe('OPTION_INVALID');
    expect(gaussianNoise(0, 1).length).toBe(0);
  });
});
