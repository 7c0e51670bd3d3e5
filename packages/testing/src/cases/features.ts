import type { Float32Feature } from '@refrain/core';
import fc from 'fast-check';

/** Elements of a feature: ordinary ones, and in between those that break arithmetic. */
export const elements: fc.Arbitrary<number> = fc.oneof(
  { weight: 20, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1.401298464324817e-45, 3e38, -3e38),
  },
);

/**
 * Features on float32 arrays: one array or a tuple of up to three, as two-stream models have them, of shapes and values
 * of every kind.
 *
 * @param values - of the elements; finite ones when left out
 */
export function float32Features(
  values: fc.Arbitrary<number> = fc.float({ min: -8, max: 8, noNaN: true }),
): fc.Arbitrary<Float32Feature> {
  const array = fc
    .array(values, { minLength: 1, maxLength: 24 })
    .map((numbers): Float32Array => Float32Array.from(numbers));
  return fc.oneof(array, fc.array(array, { minLength: 1, maxLength: 3 }));
}

/** The width of the stream at each step, which changes once in mid-run, as it does for prompts of another length. */
export function changingWidths(steps: number): fc.Arbitrary<readonly number[]> {
  return fc
    .record({
      before: fc.integer({ min: 1, max: 5 }),
      by: fc.integer({ min: 1, max: 3 }),
      at: fc.integer({ min: 1, max: Math.max(1, steps - 1) }),
    })
    .map(({ before, by, at }) => Array.from({ length: steps }, (_, step) => before + (step < at ? 0 : by)));
}
