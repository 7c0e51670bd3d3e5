import {
  FeatureError,
  float32TensorOps,
  type FeatureOps,
  type Float32Tensor,
  type MaybePromise,
  type Sums,
} from '@refrain/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceOps, openGpu, type DeviceTensor, type GpuDevice } from '../src/index.ts';
import type { Activation } from '../src/kernels/activation.ts';
import type { AttentionPattern } from '../src/kernels/attention.ts';
import { attention } from '../src/operations/attention.ts';
import { addRow, fold, gatedSum } from '../src/operations/elementwise.ts';
import { linear, linearHeads } from '../src/operations/linear.ts';
import { modulatedNorm } from '../src/operations/norm.ts';
import { largestDifference } from './latte-mini.ts';
import { randomArray } from './random.ts';
import { runs } from './seed.ts';

const size = fc.integer({ min: 1, max: 18 });
const seed = fc.integer({ min: 0, max: 2 ** 31 });

/** Largest difference, relative to the largest number. */
function error(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largestDifference(values, expected) / Math.max(1e-30, ...Array.from(expected, Math.abs));
}

describe.each(['cpu', 'webasm'] as const)('operations in mode %s', (mode) => {
  let device: GpuDevice;
  beforeAll(async () => {
    device = await openGpu({ modes: [mode] });
  });
  afterAll(() => device.dispose());

  /** Uploads tensors, runs an operation on them, reads the result, frees all. */
  async function apply(
    inputs: readonly (readonly [data: Float32Array, shape: readonly number[]])[],
    operation: (...tensors: DeviceTensor[]) => Promise<DeviceTensor>,
  ): Promise<{ values: Float32Array; shape: readonly number[] }> {
    const tensors = await Promise.all(inputs.map(([data, shape]) => device.upload(data, shape)));
    const result = await operation(...tensors);
    const values = await result.read();
    for (const tensor of [...tensors, result]) tensor.dispose();
    return { values, shape: result.shape };
  }

  const activations: Readonly<Record<Activation, (x: number) => number>> = {
    none: (x) => x,
    gelu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    silu: (x) => x / (1 + Math.exp(-x)),
    tanh: Math.tanh,
  };

  test.each(Object.keys(activations) as Activation[])('linear with %s', async (activation) => {
    await fc.assert(
      fc.asyncProperty(size, size, size, seed, fc.boolean(), async (rows, inputs, outputs, from, biased) => {
        const x = randomArray(rows * inputs, from, 3);
        const weight = randomArray(inputs * outputs, from + 1);
        const bias = randomArray(2 * outputs, from + 2);
        const { values, shape } = await apply(
          [
            [x, [rows, inputs]],
            [weight, [inputs, outputs]],
            [bias, [2, outputs]],
          ],
          (a, w, table) => linear(a, { weight: w, activation, ...(biased && { bias: { table, row: 1 } }) }),
        );
        const expected = Array.from(values, (_, at) => {
          const [row, column] = [Math.floor(at / outputs), at % outputs];
          let sum = biased ? (bias[outputs + column] as number) : 0;
          for (let i = 0; i < inputs; i++)
            sum += (x[row * inputs + i] as number) * (weight[i * outputs + column] as number);
          return activations[activation](sum);
        });
        expect(shape).toEqual([rows, outputs]);
        expect(error(values, expected)).toBeLessThan(5e-6);
      }),
      { numRuns: runs(10) },
    );
  });

  test('activations stay finite far out', async () => {
    const x = Float32Array.of(-1e4, -100, -50, 0, 50, 100, 1e4, 3e12);
    for (const [activation, expected] of [
      ['gelu', x.map((value) => Math.max(0, value))],
      ['silu', x.map((value) => Math.max(0, value))],
      ['tanh', x.map(Math.sign)],
    ] as const) {
      const { values } = await apply(
        [
          [x, [8, 1]],
          [Float32Array.of(1), [1, 1]],
        ],
        (a, weight) => linear(a, { weight, activation }),
      );
      expect(largestDifference(values, expected)).toBeLessThan(1e-6);
    }
  });

  test('layer norm with scale and shift', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 2, max: 33 }), seed, async (rows, width, from) => {
        const x = randomArray(rows * width, from, 5);
        const table = randomArray(3 * width, from + 1);
        const { values } = await apply(
          [
            [x, [rows, width]],
            [table, [3, width]],
          ],
          (a, modulation) => modulatedNorm(a, { table: modulation, shift: 2, scale: 0, epsilon: 1e-6 }),
        );
        const expected = Array.from(x, (value, at) => {
          const row = x.subarray(Math.floor(at / width) * width).subarray(0, width);
          const mean = row.reduce((sum, one) => sum + one, 0) / width;
          const variance = row.reduce((sum, one) => sum + (one - mean) ** 2, 0) / width;
          const column = at % width;
          const normed = (value - mean) / Math.sqrt(variance + 1e-6);
          return normed * (1 + (table[column] as number)) + (table[2 * width + column] as number);
        });
        expect(error(values, expected)).toBeLessThan(2e-5);
      }),
      { numRuns: runs(10) },
    );
  });

  test.each<readonly [string, (frames: number, places: number) => AttentionPattern]>([
    ['all keys', () => ({ over: 'all' })],
    ['the keys of its frame', (_, places) => ({ over: 'group', size: places })],
    ['its place in every frame', (frames, places) => ({ over: 'column', size: frames, stride: places })],
  ])('attention to %s, projected', async (_, patternOf) => {
    const few = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(few, few, few, few, seed, async (frames, places, heads, headSize, from) => {
        const pattern = patternOf(frames, places);
        const [tokens, width] = [frames * places, heads * headSize];
        const keys = pattern.over === 'all' ? tokens + 2 : tokens;
        const q = randomArray(tokens * width, from, 4);
        const [k, v] = [randomArray(keys * width, from + 1, 4), randomArray(keys * width, from + 2)];
        const { values, shape } = await apply(
          [
            [q, [tokens, width]],
            [k, [keys, width]],
            [v, [keys, width]],
          ],
          (a, b, c) => attention({ queries: a, keys: b, values: c }, heads, pattern),
        );
        const expected = referenceAttention({ q, k, v, tokens, keys, heads, headSize, pattern });
        expect(shape).toEqual([heads, tokens, headSize]);
        expect(error(values, expected)).toBeLessThan(5e-6);
        const weight = randomArray(width * 3, from + 3);
        const projected = await apply(
          [
            [values, [heads, tokens, headSize]],
            [weight, [width, 3]],
            [Float32Array.of(1, 2, 3), [1, 3]],
          ],
          (x, w, table) => linearHeads(x, { weight: w, bias: { table, row: 0 } }, [tokens, 3]),
        );
        const sums = Array.from(projected.values, (__, at) => {
          let sum = (at % 3) + 1;
          for (let i = 0; i < width; i++) {
            const head = Math.floor(i / headSize);
            const place = (head * tokens + Math.floor(at / 3)) * headSize + (i % headSize);
            sum += (values[place] as number) * (weight[i * 3 + (at % 3)] as number);
          }
          return sum;
        });
        expect(error(projected.values, sums)).toBeLessThan(5e-6);
      }),
      { numRuns: runs(10) },
    );
  });

  test('gated sums, added rows and folds', async () => {
    const [x, value, table] = [randomArray(12, 1), randomArray(12, 2), randomArray(8, 3)];
    const matrix = [3, 4];
    const inputs = [
      [x, matrix],
      [value, matrix],
      [table, [2, 4]],
    ] as const;
    const gated = await apply(inputs, (a, b, rows) => gatedSum(a, b, { table: rows, row: 1 }));
    expect(
      error(
        gated.values,
        x.map((one, at) => one + (table[4 + (at % 4)] as number) * (value[at] as number)),
      ),
    ).toBeLessThan(1e-6);
    const added = await apply(inputs, (a, _, rows) => addRow(a, { table: rows, row: 1 }));
    expect(
      error(
        added.values,
        x.map((one, at) => one + (table[4 + (at % 4)] as number)),
      ),
    ).toBeLessThan(1e-6);
    const folded = await apply([[x, [1, 12]]], (a) => fold(a, 4));
    expect(folded).toEqual({ values: x, shape: [3, 4] });
  });

  /** Features of one to three dimensions. */
  const shapes = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 300 })),
    fc.tuple(size, size),
    fc.tuple(fc.integer({ min: 2, max: 5 }), size, size),
  );

  test('arithmetic on features is that of main memory', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seed, fc.integer({ min: 1, max: 9 }), async (dims, from, terms) => {
        const features = Array.from({ length: terms }, (_, index) => tensorOf(dims, from + index));
        const weights = randomArray(terms, from + 77, 3);
        await onBoth(features, (given, ops) => ops.subtract(given[0]!, given.at(-1)!), 1e-6);
        const weighted = features.map((_, index) => weights[index] as number);
        await onBoth(
          features,
          (given, ops) => ops.combine(given.map((feature, index) => ({ feature, weight: weighted[index]! }))),
          3e-6,
        );
        await onBoth(features, (given, ops) => ops.combine([{ feature: given[0]!, weight: 1 }]), 0);
        await onBoth(features, (given, ops) => ops.sketch(given[0]!, 1 + (from % 40)), 0);
        await onBoth(features, (given, ops) => ops.lowPass(given[0]!, 0.4), 1e-6);
      }),
      { numRuns: runs(15) },
    );
  });

  test('indicators are those of main memory', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seed, async (dims, from) => {
        const pair = [tensorOf(dims, from), tensorOf(dims, from + 1)] as const;
        const [current, reference] = await Promise.all(pair.map(({ data }) => device.upload(data, dims)));
        const both = [{ current: current!, reference: reference! }];
        const inMemory = [{ current: pair[0], reference: pair[1] }];
        close(await deviceOps.relativeL1(both), await float32TensorOps.relativeL1(inMemory));
        if (dims.length > 1) {
          close(await deviceOps.tokenNorms!(both), await float32TensorOps.tokenNorms!(inMemory));
          // Main memory takes the outermost size above 1 for the frames; here it is the outermost.
          if ((dims[0] ?? 0) > 1)
            close([await deviceOps.motion!(current!, 1)], [await float32TensorOps.motion!(pair[0], 1)]);
        }
        const products = await deviceOps.products!(current!, [reference!, current!]);
        const expected = await float32TensorOps.products!(pair[0], [pair[1], pair[0]]);
        expect(error(products, expected)).toBeLessThan(5e-6);
        for (const tensor of [current, reference]) tensor?.dispose();
      }),
      { numRuns: runs(15) },
    );
  });

  test.each([Number.NaN, Infinity, -Infinity])(
    '%s is noticed, and reaches the sums of an indicator',
    async (bad) => {
      for (const dims of [[40], [5, 8]]) {
        const data = randomArray(40, 3);
        const good = await device.upload(data, dims);
        expect(await deviceOps.isFinite?.(good)).toBe(true);
        data[23] = bad;
        const broken = await device.upload(data, dims);
        expect(await deviceOps.isFinite?.(broken)).toBe(false);
        const [against] = await deviceOps.relativeL1([{ current: good, reference: broken }]);
        expect(Number.isFinite(against?.numerator)).toBe(false);
        expect(Number.isFinite(against?.denominator)).toBe(false);
        good.dispose();
        broken.dispose();
      }
    },
  );

  test('sums of a million elements keep six digits', async () => {
    const dims = [1000, 1000];
    const data = randomArray(1_000_000, 5).map((value) => 0.5 + value / 4);
    const [x, zero] = [
      await device.upload(data, dims),
      await device.upload(new Float32Array(1_000_000), dims),
    ];
    const [sums] = await deviceOps.relativeL1([{ current: zero, reference: x }]);
    const exact = data.reduce((sum, value) => sum + value, 0);
    expect(Math.abs((sums?.denominator ?? 0) / exact - 1)).toBeLessThan(5e-6);
    x.dispose();
    zero.dispose();
  });

  test('features of different shapes are refused as the core refuses them', async () => {
    const [a, b] = [
      await device.upload(new Float32Array(6), [2, 3]),
      await device.upload(new Float32Array(6), [3, 2]),
    ];
    await expect(deviceOps.subtract(a, b)).rejects.toThrow(FeatureError);
    await expect(deviceOps.combine([])).rejects.toThrow(/at least one|none/);
    await expect(deviceOps.relativeL1([{ current: a, reference: b }])).rejects.toMatchObject({
      code: 'FEATURE_MISMATCH',
    });
    a.dispose();
    b.dispose();
  });

  test('shapes that do not fit are refused before a kernel is made', async () => {
    const x = await device.upload(new Float32Array(6), [2, 3]);
    const before = device.kernels;
    for (const attempt of [
      () => linear(x, { weight: x }),
      () => gatedSum(x, x, { table: x, row: 2 }),
      () => gatedSum(x, x, { table: x, row: 0.5 }),
      () => attention({ queries: x, keys: x, values: x }, 2, { over: 'all' }),
      () => attention({ queries: x, keys: x, values: x }, 1, { over: 'group', size: 4 }),
      () => attention({ queries: x, keys: x, values: x }, 1, { over: 'column', size: 3, stride: 2 }),
      () => fold(x, 2),
      () => deviceOps.sketch(x, 0),
      () => deviceOps.sketch(x, 1.5),
      () => deviceOps.motion?.(x, 0),
      () => device.upload(new Float32Array(5), [2, 3]),
      () => device.upload(new Float32Array(0), [0, 3]),
      () => device.upload(new Float32Array(1), []),
    ])
      await expect((async () => attempt())()).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    expect(device.kernels).toBe(before);
    x.dispose();
  });

  test('nothing of all this is left on the device', () => {
    expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  async function onBoth(
    features: readonly Float32Tensor[],
    operation: <Feature>(
      given: readonly Feature[],
      ops: Required<FeatureOps<Feature>>,
    ) => MaybePromise<Feature>,
    tolerance: number,
  ): Promise<void> {
    const given = await Promise.all(features.map(({ data, dims }) => device.upload(data, dims)));
    const result = await operation(given, deviceOps as Required<FeatureOps<DeviceTensor>>);
    const expected = await operation(features, float32TensorOps as Required<FeatureOps<Float32Tensor>>);
    // A sketch of every element is flat here; in main memory it keeps its shape.
    expect(result.shape).toEqual(result.shape.length === 1 ? [expected.data.length] : expected.dims);
    expect(error(await result.read(), expected.data)).toBeLessThanOrEqual(tolerance);
    for (const tensor of [...given, result]) tensor.dispose();
  }
});

function tensorOf(dims: readonly number[], from: number): Float32Tensor {
  return {
    data: randomArray(
      dims.reduce((product, one) => product * one, 1),
      from,
      2,
    ),
    dims,
  };
}

function close(sums: readonly Sums[], expected: readonly Sums[]): void {
  for (const [index, { numerator, denominator, count }] of expected.entries()) {
    expect(sums[index]?.count).toBe(count);
    expect(Math.abs((sums[index]?.numerator ?? Number.NaN) - numerator)).toBeLessThanOrEqual(
      5e-6 * Math.abs(numerator),
    );
    expect(Math.abs((sums[index]?.denominator ?? Number.NaN) - denominator)).toBeLessThanOrEqual(
      5e-6 * denominator,
    );
  }
}

/** Softmax attention of every head, in float64. */
function referenceAttention({
  q,
  k,
  v,
  tokens,
  keys,
  heads,
  headSize,
  pattern,
}: {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly tokens: number;
  readonly keys: number;
  readonly heads: number;
  readonly headSize: number;
  readonly pattern: AttentionPattern;
}): Float64Array {
  const width = heads * headSize;
  const sees = (token: number, key: number): boolean => {
    if (pattern.over === 'all') return true;
    if (pattern.over === 'group') return Math.floor(token / pattern.size) === Math.floor(key / pattern.size);
    return token % pattern.stride === key % pattern.stride;
  };
  const result = new Float64Array(heads * tokens * headSize);
  for (let head = 0; head < heads; head++)
    for (let token = 0; token < tokens; token++) {
      const weights = Array.from({ length: keys }, (_, key) => {
        if (!sees(token, key)) return 0;
        let score = 0;
        for (let i = head * headSize; i < (head + 1) * headSize; i++)
          score += (q[token * width + i] as number) * (k[key * width + i] as number);
        return Math.exp(score / Math.sqrt(headSize));
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < headSize; i++)
        result[(head * tokens + token) * headSize + i] = weights.reduce(
          (sum, weight, key) => sum + (weight / total) * (v[key * width + head * headSize + i] as number),
          0,
        );
    }
  return result;
}
