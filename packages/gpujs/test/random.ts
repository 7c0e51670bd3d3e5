/** A generator of numbers between −1 and 1 that repeats itself for a seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** An array of such numbers. */
export function randomArray(length: number, seed: number, scale = 1): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from({ length }, () => next() * scale);
}
