import { DiffusionError } from './errors.ts';
import { cumulativeAlphas, type NoiseScheduleOptions } from './noise-schedule.ts';
import { requireSameLength, requireStepIndex, requireSteps } from './requirements.ts';
import type { Sampler } from './sampler.ts';

/** Options of a DDIM sampler. */
export interface DdimOptions extends NoiseScheduleOptions {
  /** Number of denoising steps, from 2 to `trainSteps`. */
  readonly steps: number;
}

/** The timesteps of a DDIM run and the signal level at each. */
export interface DdimSchedule {
  /** Training timestep at each of the `steps` steps, falling to 0. */
  readonly timesteps: readonly number[];
  /** Cumulative alpha before each step, then 1 for the clean result: `steps + 1` values, strictly rising. */
  readonly cumulativeAlphas: readonly number[];
}

/**
 * The timesteps of a DDIM run: every `floor(trainSteps / steps)`-th training timestep, starting at 0, in falling order.
 *
 * @throws DiffusionError `STEPS_TOO_FEW` for fewer than 2 steps; `OPTION_INVALID` for more steps than training steps, and
 * as `cumulativeAlphas`.
 *
 * @remarks Spacing: Song et al., "Denoising Diffusion Implicit Models" (2020), appendix D.2, linear; called `leading`
 * in diffusers. The last step goes to a cumulative alpha of exactly 1, so that it returns the predicted clean sample.
 *
 * @example
 * ```ts
 * import { ddimSchedule } from '@refrain/diffusion';
 *
 * console.log(ddimSchedule({ steps: 5 }).timesteps.join(' ')); // 800 600 400 200 0
 * ```
 */
export function ddimSchedule(options: DdimOptions): DdimSchedule {
  const { steps, trainSteps = 1000 } = options;
  requireSteps(steps);
  const alphas = cumulativeAlphas(options);
  if (steps > trainSteps)
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected at most trainSteps = ${trainSteps} steps, got ${steps}.`,
    );
  const stride = Math.floor(trainSteps / steps);
  const timesteps = Array.from({ length: steps }, (_, index) => (steps - 1 - index) * stride);
  return { timesteps, cumulativeAlphas: [...timesteps.map((timestep) => alphas[timestep] ?? Number.NaN), 1] };
}

/**
 * One deterministic DDIM step (eta = 0) for a model that predicts the noise epsilon.
 *
 * The clean sample that follows from the prediction, `x0 = (x - sqrt(1 - from) * epsilon) / sqrt(from)`, is made noisy
 * again with the same epsilon: `sqrt(to) * x0 + sqrt(1 - to) * epsilon`.
 *
 * @param sample - x before the step, any shape, flattened.
 * @param epsilon - the predicted noise, same shape.
 * @param from - cumulative alpha of the sample, above 0, at most 1.
 * @param to - cumulative alpha of the result, from 0 to 1.
 * @returns a new array.
 * @throws DiffusionError `LENGTH_MISMATCH`; `OPTION_INVALID` for a cumulative alpha out of range.
 *
 * @remarks Song et al., "Denoising Diffusion Implicit Models" (2020), equation 12 with sigma = 0.
 */
export function ddimStep(
  sample: Float32Array,
  epsilon: Float32Array,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  requireSameLength('the sample', sample, 'epsilon', epsilon);
  if (!(from > 0 && from <= 1 && to >= 0 && to <= 1))
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected cumulative alphas with 0 < from <= 1 and 0 <= to <= 1, got from ${from} and to ${to}.`,
    );
  const signal = Math.sqrt(to / from);
  const noise = Math.sqrt(1 - to) - signal * Math.sqrt(1 - from);
  return sample.map((value, index) => signal * value + noise * (epsilon[index] ?? Number.NaN));
}

/**
 * A sampler for models that predict the noise: deterministic DDIM.
 *
 * @throws DiffusionError as `ddimSchedule`.
 */
export function ddim(options: DdimOptions): Sampler {
  const { timesteps, cumulativeAlphas: alphas } = ddimSchedule(options);
  const { steps } = options;
  return {
    steps,
    timesteps,
    step: (sample, prediction, step) => {
      requireStepIndex(step, steps);
      return ddimStep(sample, prediction, alphas[step] ?? Number.NaN, alphas[step + 1] ?? Number.NaN);
    },
  };
}
