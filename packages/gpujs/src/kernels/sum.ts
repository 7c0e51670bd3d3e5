/**
 * Source of a loop that adds products up, several at a time: interpreters and SIMD units both gain, most at eight.
 *
 * @param count - number of products, a constant
 * @param index - name of the loop variable
 * @param product - source of the product at an index
 * @returns source that adds to the variable `sum`
 */
export function sumSource(count: number, index: string, product: (at: string) => string): string {
  const together = [8, 4, 2, 1].find((size) => count % size === 0) ?? 1;
  const terms = Array.from({ length: together }, (_, offset) =>
    product(offset === 0 ? index : `${index} + ${offset}`),
  );
  return `for (let ${index} = 0; ${index} < ${count}; ${index} += ${together}) { sum += ${terms.join(' + ')}; }`;
}

/**
 * Source of the whole part of a quotient of two whole numbers. The half keeps it right on GPUs, whose division may fall a
 * little short of a whole number.
 *
 * @param dividend - source of a whole number from 0 to 2²²
 * @param divisor - a positive constant
 */
export function quotientSource(dividend: string, divisor: number): string {
  return `Math.floor((${dividend} + 0.5) / ${divisor})`;
}
