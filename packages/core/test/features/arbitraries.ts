import fc from 'fast-check';

/** A float32 of every kind: denormal, huge, −0, NaN, infinite. */
export const anyFloat: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.float() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      -0,
      1.401298464324817e-45,
      -1.1754942106924411e-38,
      3.4028234663852886e38,
      -3.4028234663852886e38,
      NaN,
      Infinity,
      -Infinity,
    ),
  },
);

/** A finite float32 of every magnitude. */
export const finiteFloat: fc.Arbitrary<number> = fc.float({ noNaN: true, noDefaultInfinity: true });

/**
 * Pairs of arrays of one length, each a view that starts anywhere in its buffer, so that it need not lie on a boundary
 * that SIMD likes.
 *
 * @param element - what the arrays hold
 */
export function arrayPair(
  element: fc.Arbitrary<number>,
): fc.Arbitrary<{ current: Float32Array; reference: Float32Array }> {
  return fc
    .tuple(fc.array(fc.tuple(element, element), { maxLength: 70 }), fc.nat(5), fc.nat(5))
    .map(([pairs, currentOffset, referenceOffset]) => ({
      current: viewOf(
        pairs.map(([a]) => a),
        currentOffset,
      ),
      reference: viewOf(
        pairs.map(([, b]) => b),
        referenceOffset,
      ),
    }));
}

/** The values as a view that starts `offset` elements into a buffer with other values before and behind. */
function viewOf(values: readonly number[], offset: number): Float32Array {
  const whole = new Float32Array(values.length + offset + 3).fill(NaN);
  whole.set(values, offset);
  return whole.subarray(offset, offset + values.length);
}

/** Numbers from 0 to 1, the same for the same seed. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

/** The bits of an array, for comparisons that tell −0 from 0 and one NaN from another. */
export function bitsOf(data: Float32Array): number[] {
  return [...new Uint32Array(data.slice().buffer)];
}
