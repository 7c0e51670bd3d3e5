import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeatureError } from '../../src/errors.ts';
import {
  arraysOf,
  float32Ops,
  float32TensorOps,
  isFloat32Feature,
  type Float32Feature,
} from '../../src/features/float32.ts';
import { fuzz } from '../seed.ts';
import { anyFloat, arrayPair, bitsOf, finiteFloat } from './arbitraries.ts';

/** Two features of one shape: single arrays or tuples. */
const featurePair: fc.Arbitrary<{ left: Float32Feature; right: Float32Feature }> = fc.oneof(
  arrayPair(anyFloat).map(({ current, reference }) => ({ left: current, right: reference })),
  fc.array(arrayPair(anyFloat), { maxLength: 3 }).map((pairs) => ({
    left: pairs.map(({ current }) => current),
    right: pairs.map(({ reference }) => reference),
  })),
);

async function combine(...terms: [number, Float32Feature][]): Promise<Float32Feature> {
  return float32Ops.combine(terms.map(([weight, feature]) => ({ weight, feature })));
}

const bitsOfFeature = (feature: Float32Feature): number[][] => arraysOf(feature).map(bitsOf);

/** Applies an operation of two numbers to two features, element by element, in the most obvious way. */
function elementwise(
  left: Float32Feature,
  right: Float32Feature,
  operation: (a: number, b: number) => number,
): Float32Array[] {
  const arrays = arraysOf(right);
  return arraysOf(left).map((array, part) =>
    Float32Array.from(array, (a, index) => operation(a, arrays[part]?.[index] ?? Number.NaN)),
  );
}

describe('float32Ops', () => {
  test('describes lengths and counts bytes', () => {
    const tuple = [new Float32Array(512), new Float32Array(64)];
    expect(float32Ops.shape(new Float32Array(512))).toBe('f32[512]');
    expect(float32Ops.shape(tuple)).toBe('(f32[512],f32[64])');
    expect(float32Ops.shape([])).toBe('()');
    expect(float32Ops.bytes(tuple)).toBe(4 * 576);
  });

  test('reuses with the bits of what was cached, −0 and NaN included, in a new array', async () => {
    await fc.assert(
      fc.asyncProperty(featurePair, async ({ left }) => {
        const reused = await combine([1, left]);
        expect(bitsOfFeature(reused)).toStrictEqual(bitsOfFeature(left));
        expect(reused).not.toBe(left);
        for (const [index, array] of arraysOf(reused).entries())
          expect(array.buffer).not.toBe(arraysOf(left)[index]?.buffer);
      }),
      fuzz,
    );
  });

  test('adds and subtracts in float32 arithmetic', async () => {
    await fc.assert(
      fc.asyncProperty(featurePair, async ({ left, right }) => {
        const sum = await combine([1, left], [1, right]);
        const difference = await float32Ops.subtract(left, right);
        expect(arraysOf(sum)).toStrictEqual(elementwise(left, right, (a, b) => Math.fround(a + b)));
        expect(arraysOf(difference)).toStrictEqual(elementwise(left, right, (a, b) => Math.fround(a - b)));
      }),
      fuzz,
    );
  });

  test('rounds a linear combination once', async () => {
    const weight = fc.double({ min: -8, max: 8, noNaN: true });
    await fc.assert(
      fc.asyncProperty(arrayPair(finiteFloat), weight, weight, async ({ current, reference }, v, w) => {
        const combined = await combine([v, current], [w, reference], [1, current]);
        const expected = elementwise(current, reference, (a, b) => Math.fround(v * a + w * b + a));
        expect(arraysOf(combined)).toStrictEqual(expected);
      }),
      fuzz,
    );
  });

  test('keeps the sign of zero', async () => {
    const negativeZero = Float32Array.of(-0);
    expect(await combine([1, negativeZero], [1, negativeZero])).toStrictEqual(negativeZero);
    expect(await combine([-1, Float32Array.of(0)])).toStrictEqual(negativeZero);
  });

  test('combines arrays longer than one batch', async () => {
    const long = Float32Array.from({ length: 5000 }, (_, index) => index);
    const combined = await combine([2, long], [-1, long], [0.5, long]);
    expect(combined).toStrictEqual(long.map((value) => value * 1.5));
  });

  test('sums each pair, and every element of a tuple', async () => {
    const sums = await float32Ops.relativeL1([
      { current: Float32Array.of(1, 5), reference: Float32Array.of(1, 2) },
      {
        current: [Float32Array.of(1), Float32Array.of(2, 3)],
        reference: [Float32Array.of(-1), Float32Array.of(2, 2)],
      },
    ]);
    expect(sums).toStrictEqual([
      { numerator: 3, denominator: 3, count: 2 },
      { numerator: 3, denominator: 5, count: 3 },
    ]);
  });

  test('sketches each array of a tuple from its own first element', async () => {
    const sketch = await float32Ops.sketch([Float32Array.of(0, 1, 2, 3), Float32Array.of(4, 5, 6)], 3);
    expect(sketch).toStrictEqual([Float32Array.of(0, 3), Float32Array.of(4)]);
  });

  test('finds a non-finite element in any array', async () => {
    expect(await float32Ops.isFinite?.([Float32Array.of(1), Float32Array.of(NaN)])).toBe(false);
    expect(await float32Ops.isFinite?.([Float32Array.of(1), Float32Array.of(2)])).toBe(true);
  });

  test.each<[string, Float32Feature, Float32Feature]>([
    ['lengths', new Float32Array(2), new Float32Array(3)],
    ['numbers of arrays', [new Float32Array(2)], [new Float32Array(2), new Float32Array(2)]],
    ['kinds', new Float32Array(2), [new Float32Array(2)]],
  ])('refuses features that differ in %s, naming both shapes', async (_, left, right) => {
    const shapes = [float32Ops.shape(left), float32Ops.shape(right)];
    const operations: (() => unknown)[] = [
      () => float32Ops.subtract(left, right),
      () => float32Ops.relativeL1([{ current: left, reference: right }]),
      () => combine([1, left], [1, right]),
    ];
    for (const operation of operations) {
      const error: unknown = await Promise.resolve()
        .then(operation)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FeatureError);
      for (const shape of shapes) expect((error as FeatureError).message).toContain(shape);
    }
  });

  test('refuses to combine nothing', async () => {
    await expect(combine()).rejects.toThrow(FeatureError);
  });

  test('leaves its arguments alone', async () => {
    await fc.assert(
      fc.asyncProperty(featurePair, async ({ left, right }) => {
        const before = [bitsOfFeature(left), bitsOfFeature(right)];
        await combine([1, left], [-0.5, right]);
        await float32Ops.subtract(left, right);
        await float32Ops.relativeL1([{ current: left, reference: right }]);
        await float32Ops.sketch(left, 2);
        float32Ops.dispose(left);
        expect([bitsOfFeature(left), bitsOfFeature(right)]).toStrictEqual(before);
      }),
      fuzz,
    );
  });
});

describe('float32TensorOps', () => {
  const tensor = (dims: number[], ...values: number[]) => ({ data: Float32Array.from(values), dims });

  test('describes dimensions and keeps them', async () => {
    const x = tensor([2, 2], 1, 2, 3, 4);
    expect(float32TensorOps.shape(x)).toBe('f32[2,2]');
    expect(await float32TensorOps.subtract(x, x)).toStrictEqual(tensor([2, 2], 0, 0, 0, 0));
    expect(await float32TensorOps.combine([{ weight: 2, feature: x }])).toStrictEqual(
      tensor([2, 2], 2, 4, 6, 8),
    );
  });

  test('sketches the flattened tensor', async () => {
    const x = tensor([2, 3], 0, 1, 2, 3, 4, 5);
    expect(await float32TensorOps.sketch(x, 4)).toStrictEqual(tensor([2], 0, 4));
  });

  test('tells dimensions of one length apart', () => {
    const subtract = () => float32TensorOps.subtract(tensor([4], 1, 2, 3, 4), tensor([2, 2], 1, 2, 3, 4));
    expect(subtract).toThrow(FeatureError);
  });

  test('does not trust dimensions that disagree with the data', () => {
    const subtract = () => float32TensorOps.subtract(tensor([2], 1, 2), tensor([2], 1));
    expect(subtract).toThrow(/of 2 elements and f32\[2\] of 1 elements/);
  });
});

test('isFloat32Feature knows arrays, tuples and nothing else', () => {
  expect([new Float32Array(1), [new Float32Array(1)]].every(isFloat32Feature)).toBe(true);
  expect([[1, 2], new Float64Array(1), undefined, null, 'x', { length: 0 }].some(isFloat32Feature)).toBe(
    false,
  );
});
