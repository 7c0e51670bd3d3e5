/** An array and its factor in a linear combination. */
export interface WeightedArray {
  readonly weight: number;
  readonly array: Float32Array;
}

/** Elements added up in float64 at a time: small enough to stay in a first-level cache. */
const BATCH_ELEMENTS = 2048;

/**
 * The difference of two arrays of one length, in float32 arithmetic.
 *
 * @param minuend - what is subtracted from
 * @param subtrahend - what is subtracted
 * @returns a new array
 */
export function subtractArrays(minuend: Float32Array, subtrahend: Float32Array): Float32Array {
  const difference = new Float32Array(minuend.length);
  // Numbers are float64 here and rounded by the store: for one operation that gives the float32 result exactly.
  for (let index = 0; index < difference.length; index++)
    difference[index] = (minuend[index] as number) - (subtrahend[index] as number);
  return difference;
}

/**
 * Σ weight · array: products and sums in float64 from left to right, then one rounding to float32. A single array with
 * the weight 1 is copied bit by bit.
 *
 * @param terms - at least one; arrays of one length
 * @returns a new array
 */
export function combineArrays(terms: readonly WeightedArray[]): Float32Array {
  const [first, ...rest] = terms as readonly [WeightedArray, ...WeightedArray[]];
  if (rest.length === 0 && first.weight === 1) return new Float32Array(first.array);
  const combined = new Float32Array(first.array.length);
  const batch = new Float64Array(Math.min(BATCH_ELEMENTS, combined.length));
  for (let start = 0; start < combined.length; start += BATCH_ELEMENTS) {
    const length = Math.min(BATCH_ELEMENTS, combined.length - start);
    // The first term is stored, not added to zero, which would turn −0 into +0.
    storeTerm(batch, first, start, length);
    for (const term of rest) addTerm(batch, term, start, length);
    for (let index = 0; index < length; index++) combined[start + index] = batch[index] as number;
  }
  return combined;
}

function storeTerm(
  batch: Float64Array,
  { weight, array }: WeightedArray,
  start: number,
  length: number,
): void {
  for (let index = 0; index < length; index++) batch[index] = weight * (array[start + index] as number);
}

function addTerm(batch: Float64Array, { weight, array }: WeightedArray, start: number, length: number): void {
  for (let index = 0; index < length; index++)
    batch[index] = (batch[index] as number) + weight * (array[start + index] as number);
}
