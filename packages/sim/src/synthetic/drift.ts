/** How far one run came from another. */
export interface Drift {
  /** ‖a − b‖₂ of the finished samples. */
  readonly l2: number;
  /** The same divided by ‖b‖₂ of the other run's sample. */
  readonly relative: number;
  /** The largest difference of two elements of the finished samples. */
  readonly max: number;
  /** ‖a − b‖₂ after each step. */
  readonly steps: readonly number[];
}

/**
 * How far a run came from another that began with the same noise.
 *
 * @param samples - before each step, and the finished one
 * @param plain - those of the run that it is compared with
 */
export function driftBetween(samples: readonly Float32Array[], plain: readonly Float32Array[]): Drift {
  const steps = samples.slice(1).map((sample, step) => distance(sample, plain[step + 1] as Float32Array));
  const [last, reference] = [samples.at(-1), plain.at(-1)] as [Float32Array, Float32Array];
  const l2 = distance(last, reference);
  const max = last.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (reference[index] as number))),
    0,
  );
  return { l2, relative: l2 === 0 ? 0 : l2 / norm(reference), max, steps };
}

/** ‖a − b‖₂ in float64. */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += ((a[index] as number) - (b[index] as number)) ** 2;
  return Math.sqrt(sum);
}

/** ‖a‖₂ in float64. */
export function norm(a: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) ** 2;
  return Math.sqrt(sum);
}
