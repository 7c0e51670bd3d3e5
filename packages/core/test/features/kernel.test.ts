import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { committedModuleText, kernelModuleText } from '../../scripts/build-kernel.mjs';
import { FeatureError } from '../../src/errors.ts';
import type { Kernel } from '../../src/indicator/kernel/kernel.ts';
import { loopKernel } from '../../src/indicator/kernel/loop.ts';
import {
  addSums,
  isFiniteArray,
  relativeL1KernelName,
  relativeL1Sums,
  relativeL1SumsOfShards,
} from '../../src/indicator/kernel/relative-l1.ts';
import { RELATIVE_L1_WASM } from '../../src/indicator/kernel/relative-l1.wasm.ts';
import { createSimdKernel } from '../../src/indicator/kernel/simd.ts';
import { sketchArray } from '../../src/indicator/kernel/sketch.ts';
import { fuzz } from '../seed.ts';
import { anyFloat, arrayPair, finiteFloat, noise } from './arbitraries.ts';

const CHUNK = 16_384;

function simdKernel(): Kernel {
  const kernel = createSimdKernel();
  if (kernel === undefined)
    throw new Error('this machine cannot run the SIMD kernel, so nothing was compared');
  return kernel;
}

describe('the committed WebAssembly module', () => {
  test('is what the .wat next to it assembles to', async () => {
    expect(await committedModuleText()).toBe(await kernelModuleText());
  });

  test('is smaller than the 4 kB that browsers compile synchronously on the main thread', () => {
    expect(atob(RELATIVE_L1_WASM).length).toBeLessThan(4096);
  });
});

describe('SIMD kernel and loop', () => {
  const simd = simdKernel();

  test('have the same bits on every kind of element, length and alignment', () => {
    fc.assert(
      fc.property(arrayPair(anyFloat), ({ current, reference }) => {
        expect(simd.sums(current, reference)).toStrictEqual(loopKernel.sums(current, reference));
        expect(simd.isFinite(current)).toBe(loopKernel.isFinite(current));
      }),
      fuzz,
    );
  });

  test('have the same bits on finite elements of every magnitude', () => {
    fc.assert(
      fc.property(arrayPair(finiteFloat), ({ current, reference }) => {
        expect(simd.sums(current, reference)).toStrictEqual(loopKernel.sums(current, reference));
        expect(simd.isFinite(current)).toBe(true);
        expect(loopKernel.isFinite(current)).toBe(true);
      }),
      fuzz,
    );
  });

  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 6, 3 * CHUNK, 3 * CHUNK + 3])(
    'have the same bits around chunk boundaries: %i elements',
    (length) => {
      const [current, reference] = [noise(length, 1), noise(length, 2)];
      expect(simd.sums(current, reference)).toStrictEqual(loopKernel.sums(current, reference));
    },
  );

  test('find a single non-finite element wherever it is', () => {
    const bad = fc.constantFrom(NaN, Infinity, -Infinity);
    const place = fc
      .integer({ min: 1, max: 2 * CHUNK + 5 })
      .chain((length) => fc.tuple(fc.constant(length), fc.nat(length - 1)));
    fc.assert(
      fc.property(place, bad, ([length, index], element) => {
        const data = noise(length, 3);
        data[index] = element;
        expect(simd.isFinite(data)).toBe(false);
        expect(loopKernel.isFinite(data)).toBe(false);
      }),
      { ...fuzz, numRuns: Math.min(fuzz.numRuns, 200) },
    );
  });

  test('keep nothing from an earlier call', () => {
    const poison = new Float32Array(CHUNK).fill(NaN);
    simd.sums(poison, poison);
    expect(simd.isFinite(poison)).toBe(false);
    expect(simd.sums(Float32Array.of(3), Float32Array.of(1))).toStrictEqual({
      numerator: 2,
      denominator: 1,
      count: 1,
    });
    expect(simd.isFinite(Float32Array.of(3))).toBe(true);
  });
});

describe('relativeL1Sums', () => {
  test('is exact where float32 is not: elements are promoted before they are subtracted', () => {
    const sums = relativeL1Sums(Float32Array.of(2 ** 24), Float32Array.of(0.5));
    expect(sums).toStrictEqual({ numerator: 2 ** 24 - 0.5, denominator: 0.5, count: 1 });
  });

  test('agrees with one sum in order', () => {
    fc.assert(
      fc.property(arrayPair(fc.float({ min: -1000, max: 1000, noNaN: true })), ({ current, reference }) => {
        const sums = relativeL1Sums(current, reference);
        const numerator = current.reduce((sum, a, index) => sum + Math.abs(a - (reference[index] ?? NaN)), 0);
        const denominator = reference.reduce((sum, b) => sum + Math.abs(b), 0);
        expect(Math.abs(sums.numerator - numerator)).toBeLessThanOrEqual(1e-12 * numerator);
        expect(Math.abs(sums.denominator - denominator)).toBeLessThanOrEqual(1e-12 * denominator);
        expect(sums.count).toBe(current.length);
      }),
      fuzz,
    );
  });

  test('refuses arrays of two lengths and says both', () => {
    const measure = (): unknown => relativeL1Sums(new Float32Array(3), new Float32Array(4));
    expect(measure).toThrow(FeatureError);
    expect(measure).toThrow(/3 and 4 elements/);
  });

  test('of shards is the sums of the shards added up in order', () => {
    fc.assert(
      fc.property(fc.array(arrayPair(anyFloat), { maxLength: 4 }), (shards) => {
        const together = relativeL1SumsOfShards(
          shards.map(({ current }) => current),
          shards.map(({ reference }) => reference),
        );
        const apart = shards.map(({ current, reference }) => relativeL1Sums(current, reference));
        expect(together).toStrictEqual(addSums(apart));
        expect(together.count).toBe(shards.reduce((count, { current }) => count + current.length, 0));
      }),
      fuzz,
    );
  });

  test('of shards refuses another number of shards', () => {
    const shard = new Float32Array(2);
    expect(() => relativeL1SumsOfShards([shard, shard], [shard])).toThrow(/shards/);
  });
});

describe('the choice of a kernel', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('is the SIMD kernel here', () => {
    expect(relativeL1KernelName()).toBe('simd');
  });

  test.each([
    ['WebAssembly is missing', undefined],
    ['SIMD is refused', { ...WebAssembly, Module: refuse, Instance: refuse }],
  ])('falls back to the loop when %s', async (_, platform) => {
    vi.stubGlobal('WebAssembly', platform);
    vi.resetModules();
    const fresh = await import('../../src/indicator/kernel/relative-l1.ts');
    expect(fresh.relativeL1KernelName()).toBe('loop');
    const [current, reference] = [noise(CHUNK + 3, 5), noise(CHUNK + 3, 6)];
    expect(fresh.relativeL1Sums(current, reference)).toStrictEqual(relativeL1Sums(current, reference));
    expect(fresh.isFiniteArray(current)).toBe(isFiniteArray(current));
  });
});

describe('sketchArray', () => {
  test('takes elements 0, stride, 2·stride, …', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), fc.integer({ min: 1, max: 60 }), (data, stride) => {
        const expected = [...data].filter((_, index) => index % stride === 0);
        expect([...sketchArray(data, stride)]).toStrictEqual(expected);
      }),
      fuzz,
    );
  });

  test.each([0, -1, 1.5, NaN])('refuses a stride of %d', (stride) => {
    expect(() => sketchArray(new Float32Array(4), stride)).toThrow(FeatureError);
  });
});

function refuse(): never {
  throw new WebAssembly.CompileError('refused');
}
