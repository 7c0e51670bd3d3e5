import { float32Ops, float32TensorOps, type Float32Tensor } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';

/** A plane from a function of its position. */
function plane(height: number, width: number, of: (y: number, x: number) => number): Float32Tensor {
  const data = Float32Array.from({ length: height * width }, (_, index) =>
    of(Math.floor(index / width), index % width),
  );
  return { data, dims: [height, width] };
}

const lowPass = (feature: Float32Tensor, radius: number): Float32Tensor =>
  float32TensorOps.lowPass?.(feature, radius) as Float32Tensor;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < actual.length; index++)
    expect(actual[index]).toBeCloseTo(expected[index] ?? Number.NaN, 4);
}

describe('lowPass', () => {
  const wave = (height: number, width: number, down: number, across: number) =>
    plane(height, width, (y, x) => Math.cos(2 * Math.PI * ((down * y) / height + (across * x) / width)));

  // Of 20 and 30 the shorter side gives a radius of 4.
  test.each([
    [0, 0, true],
    [4, 0, true],
    [0, -4, true],
    [3, 2, true],
    [3, 3, false],
    [5, 0, false],
    [0, 10, false],
  ])('keeps the wave (%i, %i): %s', (down, across, kept) => {
    const given = wave(20, 30, down, across);
    expectClose(lowPass(given, 0.2).data, kept ? given.data : given.data.map(() => 0));
  });

  test('of an array is that of a line', () => {
    const line = Float32Array.from({ length: 12 }, (_, x) => 3 + Math.cos((2 * Math.PI * 5 * x) / 12));
    expectClose(
      float32Ops.lowPass?.(line, 0.25) as Float32Array,
      line.map(() => 3),
    );
  });

  test('is linear, keeps what it has kept, and treats planes alike', () => {
    const sizes = fc.record({
      height: fc.integer({ min: 1, max: 9 }),
      width: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 50 }), fc.nat(), ({ height, width }, percent, seed) => {
        const of = (index: number): number => ((index * 7919 + seed) % 101) / 50 - 1;
        const data = Float32Array.from({ length: 2 * height * width }, (_, index) => of(index));
        const both = lowPass({ data, dims: [2, height, width] }, percent / 100);
        const second = lowPass({ data: data.slice(height * width), dims: [height, width] }, percent / 100);
        expectClose(both.data.slice(height * width), second.data);
        expectClose(lowPass(both, percent / 100).data, both.data);
        const doubled = lowPass({ data: data.map((value) => 2 * value), dims: both.dims }, percent / 100);
        expectClose(
          doubled.data,
          both.data.map((value) => 2 * value),
        );
      }),
      fuzz,
    );
  });
});

describe('statistics', () => {
  const tensor = (data: readonly number[], ...dims: number[]): Float32Tensor => ({
    data: Float32Array.from(data),
    dims,
  });

  test('token norms are compared row by row', () => {
    const pair = { current: tensor([3, 4, 0, 2], 2, 2), reference: tensor([0, 5, 4, 0], 2, 2) };
    expect(float32TensorOps.tokenNorms?.([pair])).toStrictEqual([
      { numerator: 1.5, denominator: 2, count: 2 },
    ]);
  });

  test('motion is between frames, the outermost dimension longer than one', () => {
    const feature = tensor([1, 2, 4, 8, -1, 0], 1, 3, 2);
    expect(float32TensorOps.motion?.(feature, 1)).toStrictEqual({
      numerator: 3 + 6 + 5 + 8,
      denominator: 5 + 10 + 5 + 8,
      count: 4,
    });
    expect(float32TensorOps.motion?.(feature, 2)).toStrictEqual({
      numerator: 2 + 2,
      denominator: 2 + 2,
      count: 2,
    });
  });

  test('inner products are taken over all arrays of a feature', () => {
    const [a, b] = [
      [Float32Array.of(1, 2), Float32Array.of(3)],
      [Float32Array.of(4, 5), Float32Array.of(6)],
    ];
    expect(float32Ops.products?.(a ?? [], [a ?? [], b ?? []])).toStrictEqual([14, 32]);
  });
});
