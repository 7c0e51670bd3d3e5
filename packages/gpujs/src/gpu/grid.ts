/** Sizes of a tensor, outermost first. */
export type Shape = readonly number[];

/** How many elements a shape has. */
export function elementsOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape as text: `f32[8,64,128]`. */
export function signatureOf(shape: Shape): string {
  return `f32[${shape.join(',')}]`;
}

/**
 * How a tensor lies on a device: a vector as one row of gpu.js's one-dimensional kind, everything else as a matrix whose
 * width is the innermost size. Giant one-dimensional outputs are wrong beyond 2²⁴ elements, matrices are not.
 *
 * @param shape - at least one size
 * @returns `[length]` or `[width, height]`, as gpu.js wants it
 */
export function gridOf(shape: Shape): readonly number[] {
  const width = shape.at(-1) ?? 1;
  return shape.length === 1 ? [width] : [width, elementsOf(shape) / width];
}

/** Rows of a matrix: all sizes but the innermost. */
export function rowsOf(shape: Shape): number {
  return elementsOf(shape.slice(0, -1));
}
