/** How far one finished latent is from another, relative to the other one. */
export interface LatentDrift {
  /** Σ|a − b| / Σ|b|. */
  readonly l1: number;
  /** ‖a − b‖₂ / ‖b‖₂. */
  readonly l2: number;
}

/**
 * The drift of a cached generation.
 *
 * @param cached - its finished latent
 * @param plain - that of the plain generation from the same noise
 */
export function latentDrift(cached: Float32Array, plain: Float32Array): LatentDrift {
  let [moved, size, squares, squaredSize] = [0, 0, 0, 0];
  for (const [index, value] of plain.entries()) {
    const difference = (cached[index] ?? Number.NaN) - value;
    moved += Math.abs(difference);
    size += Math.abs(value);
    squares += difference * difference;
    squaredSize += value * value;
  }
  return { l1: moved === 0 ? 0 : moved / size, l2: squares === 0 ? 0 : Math.sqrt(squares / squaredSize) };
}
