import { float32TensorOps } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asFloat32, type FloatTensor, type OnnxFeature } from '../src/feature/feature.ts';
import { floatsToHalves, halvesToFloats } from '../src/feature/half.ts';
import { onnxFeatureOps as ops } from '../src/feature/operations.ts';
import { runs } from './seed.ts';

const floats = (...data: number[]): FloatTensor => ({ data: Float32Array.from(data), dims: [data.length] });
const halves = (...data: number[]): FloatTensor => ({
  data: floatsToHalves(Float32Array.from(data)),
  dims: [data.length],
});
const feature = (...tensors: FloatTensor[]): OnnxFeature => ({ tensors });

describe('half precision', () => {
  test('survives the way to float32 and back bit by bit', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0,
    );
    expect(floatsToHalves(halvesToFloats(all))).toEqual(all);
  });

  test('rounds to the nearest half, to the even one in the middle', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const [got = Number.NaN] = halvesToFloats(floatsToHalves(Float32Array.of(value)));
        const bits = floatsToHalves(Float32Array.of(value))[0] ?? 0;
        for (const other of [bits - 1, bits + 1].filter(
          (one) => one >= 0 && one < 65536 && (one & 0x7c00) !== 0x7c00,
        )) {
          const [near = 0] = halvesToFloats(Uint16Array.of(other));
          if (Number.isFinite(got)) expect(Math.abs(got - value)).toBeLessThanOrEqual(Math.abs(near - value));
        }
      }),
      { numRuns: runs(300) },
    );
    const cases = [
      [65504, 65504],
      [65519, 65504],
      [65520, Infinity],
      [2 ** -24, 2 ** -24],
      [2 ** -25, 0],
      [1 + 2 ** -11, 1],
      [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ] as const;
    for (const [value, rounded] of cases)
      expect(halvesToFloats(floatsToHalves(Float32Array.of(value)))[0]).toBe(rounded);
    expect(halvesToFloats(floatsToHalves(Float32Array.of(Number.NaN)))[0]).toBeNaN();
  });
});

describe('features of several tensors', () => {
  const two = feature(floats(1, 2, 3), halves(0.5, -4));
  const other = feature(floats(2, 2, 5), halves(1.5, 4));

  test('are told apart by sizes and types', () => {
    expect(ops.shape(two)).toBe('f32[3] f16[2]');
    expect(ops.bytes(two)).toBe(16);
  });

  test('are combined tensor by tensor, in their own types', () => {
    expect(ops.subtract(other, two)).toEqual(feature(floats(1, 0, 2), halves(1, 8)));
    const mixed = ops.combine([
      { weight: 2, feature: two },
      { weight: -1, feature: other },
    ]);
    expect(mixed).toEqual(feature(floats(0, 2, 1), halves(-0.5, -12)));
    expect(ops.combine([{ weight: 1, feature: two }])).toEqual(two);
  });

  test('are measured as one', () => {
    expect(ops.relativeL1([{ current: other, reference: two }])).toEqual([
      { numerator: 3 + 9, denominator: 6 + 4.5, count: 5 },
    ]);
    expect(ops.products?.(two, [other])).toEqual([2 + 4 + 15 + 0.75 - 16]);
    expect(ops.isFinite?.(two)).toBe(true);
    expect(ops.isFinite?.(feature(floats(1), halves(1e6)))).toBe(false);
  });

  test('are sampled tensor by tensor, as the core samples', () => {
    const [first, second] = [floats(1, 2, 3, 4, 5), halves(1, 2, 3)];
    const sampled = ops.sketch(feature(first, second), 2) as OnnxFeature;
    expect(sampled.tensors[0]).toEqual(float32TensorOps.sketch(asFloat32(first), 2));
    expect(sampled.tensors[1]).toEqual(halves(1, 3));
  });

  test('of different numbers of tensors or sizes are refused', () => {
    expect(() => ops.subtract(two, feature(floats(1, 2, 3)))).toThrow(/expected features of one shape/);
    expect(() => ops.subtract(two, feature(floats(1, 2), halves(1, 1)))).toThrow(
      /expected features of one shape/,
    );
  });
});
