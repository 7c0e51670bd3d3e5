import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guide } from '../src/index.ts';
import { codeOf, tensors } from './arbitraries.ts';

const integers = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.integer({ min: -1000, max: 1000 }), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));

describe('guide', () => {
  test('is the formula, exactly for small integers', () => {
    fc.assert(
      fc.property(
        integers(4),
        integers(4),
        fc.integer({ min: -10, max: 10 }),
        (unconditional, conditional, scale) => {
          const expected = unconditional.map((u, index) => u + scale * ((conditional[index] ?? 0) - u));
          expect(guide(unconditional, conditional, scale)).toEqual(expected);
        },
      ),
    );
  });

  test('is the unconditional prediction at scale 0 and, within rounding, the conditional one at 1', () => {
    fc.assert(
      fc.property(tensors(4), tensors(4), (unconditional, conditional) => {
        expect(
          guide(unconditional, conditional, 0).every((value, index) => value === unconditional[index]),
        ).toBe(true);
        const one = guide(unconditional, conditional, 1);
        one.forEach((value, index) => expect(value).toBeCloseTo(conditional[index] ?? Number.NaN, 6));
      }),
    );
  });

  test('does nothing when both branches agree', () => {
    fc.assert(
      fc.property(tensors(4), fc.double({ min: -20, max: 20, noNaN: true }), (prediction, scale) => {
        expect(
          guide(prediction, prediction, scale).every((value, index) => value === prediction[index]),
        ).toBe(true);
      }),
    );
  });

  test('refuses two lengths and a scale that is not finite', () => {
    expect(codeOf(() => guide(new Float32Array(1), new Float32Array(2), 3))).toBe('LENGTH_MISMATCH');
    expect(codeOf(() => guide(new Float32Array(1), new Float32Array(1), Number.NaN))).toBe('OPTION_INVALID');
  });
});
