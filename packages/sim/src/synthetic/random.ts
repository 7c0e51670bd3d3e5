import { gaussianNoise } from '@refrain/diffusion';

/**
 * A seed of its own for each named part of a model, so that changing one part leaves the others as they are.
 *
 * @remarks FNV-1a over the seed's bytes and the name.
 */
function seedOf(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  const mix = (byte: number): void => void (hash = Math.imul(hash ^ byte, 0x01000193));
  for (let shift = 0; shift < 32; shift += 8) mix((seed >>> shift) & 0xff);
  for (const character of name) mix(character.codePointAt(0) ?? 0);
  return hash >>> 0;
}

/** Gaussian values of a named part of a model, in float64. */
export function gaussians(length: number, seed: number, name: string): Float64Array {
  return Float64Array.from(gaussianNoise(length, seedOf(seed, name)));
}

/**
 * A random orthogonal matrix times a factor: all its singular values are the factor, so that is its spectral norm.
 * Row-major, float64; orthogonal to a few units of 2⁻⁵².
 */
export function scaledOrthogonal(size: number, factor: number, seed: number, name: string): Float64Array {
  return orthonormalRows(size, size, seed, name).map((value) => value * factor);
}

/**
 * Random rows of length 1, orthogonal to each other (as far as the dimension allows: after `size` of them they repeat).
 *
 * @remarks Gram–Schmidt, each row made orthogonal to the earlier ones twice ("twice is enough": Kahan, in Parlett, The
 * Symmetric Eigenvalue Problem, 1980, section 6.9).
 */
export function orthonormalRows(rows: number, size: number, seed: number, name: string): Float64Array {
  const matrix = gaussians(rows * size, seed, name);
  const rowAt = (row: number): Float64Array => matrix.subarray(row * size, (row + 1) * size);
  for (let row = 0; row < rows; row++) {
    const current = rowAt(row);
    if (row >= size) {
      current.set(rowAt(row % size));
      continue;
    }
    for (let pass = 0; pass < 2; pass++)
      for (let earlier = 0; earlier < row; earlier++) removeAlong(current, rowAt(earlier));
    const length = Math.hypot(...current);
    for (let column = 0; column < size; column++) current[column] = (current[column] as number) / length;
  }
  return matrix;
}

function removeAlong(vector: Float64Array, direction: Float64Array): void {
  let share = 0;
  for (let index = 0; index < vector.length; index++)
    share += (vector[index] as number) * (direction[index] as number);
  for (let index = 0; index < vector.length; index++)
    vector[index] = (vector[index] as number) - share * (direction[index] as number);
}
