/**
 * Values as gpu.js takes and returns them in main memory: an array, or one array for each row.
 *
 * @param values - row after row; they are copied
 * @param grid - `[length]` or `[width, height]`
 */
export function toRows(
  values: Float32Array,
  [width = 0, height]: readonly number[],
): Float32Array | Float32Array[] {
  const copy = values.slice();
  if (height === undefined) return copy;
  return Array.from({ length: height }, (_, row) => copy.subarray(row * width, (row + 1) * width));
}

/**
 * The other way: one new array, row after row.
 *
 * @param rows - as gpu.js returned them
 * @param grid - `[length]` or `[width, height]`
 */
export function fromRows(rows: unknown, [width = 0, height]: readonly number[]): Float32Array {
  if (height === undefined) return Float32Array.from(rows as Float32Array).subarray(0, width);
  const values = new Float32Array(width * height);
  for (const [row, array] of (rows as readonly Float32Array[]).entries()) values.set(array, row * width);
  return values;
}
