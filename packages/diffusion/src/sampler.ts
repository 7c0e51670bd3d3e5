/**
 * One run of a deterministic sampler: which timesteps the model is asked at, and how a prediction moves the sample.
 *
 * The sample starts as Gaussian noise of unit variance. At step `k` the caller runs the model on the sample and
 * `timesteps[k]`, and passes the prediction to `step`; after the last step the sample is the result. The value is
 * immutable and holds no sample, so one sampler can serve many runs.
 *
 * @example
 * ```ts
 * import { flowMatchingEuler, gaussianNoise } from '@refrain/diffusion';
 *
 * const predict = (sample: Float32Array, timestep: number) => sample.map((value) => value * (timestep / 1000));
 *
 * const sampler = flowMatchingEuler({ steps: 4, shift: 3 });
 * let sample = gaussianNoise(6, 7);
 * for (const [step, timestep] of sampler.timesteps.entries()) {
 *   sample = sampler.step(sample, predict(sample, timestep), step);
 * }
 * console.log(sample.length); // 6
 * ```
 */
export interface Sampler {
  /** Number of denoising steps. */
  readonly steps: number;
  /** Timestep input of the model at each step, falling. */
  readonly timesteps: readonly number[];
  /**
   * Moves the sample by one step; the inputs stay as they are.
   *
   * @param sample - the noisy sample at this step, any shape, flattened.
   * @param prediction - what the model predicted for it, same shape.
   * @param step - index of the step, from 0 to `steps - 1`.
   * @throws DiffusionError `STEP_OUT_OF_RANGE` or `LENGTH_MISMATCH`.
   */
  readonly step: (sample: Float32Array, prediction: Float32Array, step: number) => Float32Array<ArrayBuffer>;
}
