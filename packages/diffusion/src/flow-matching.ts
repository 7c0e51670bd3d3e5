import {
  requireFinite,
  requirePositive,
  requireSameLength,
  requireStepIndex,
  requireSteps,
} from './requirements.ts';
import type { Sampler } from './sampler.ts';

/** Options of a flow-matching sampler. */
export interface FlowMatchingOptions {
  /** Number of denoising steps, at least 2. */
  readonly steps: number;
  /**
   * Timestep shift: above 1, more of the steps lie at high noise; 1 spaces them evenly.
   *
   * @defaultValue 1
   */
  readonly shift?: number;
}

/** The times of a flow-matching run. */
export interface FlowMatchingSchedule {
  /** `steps + 1` times, from 1 (pure noise) strictly down to 0 (clean), rounded to float32. */
  readonly times: readonly number[];
  /** Timestep input of the model at each of the `steps` steps: 1000 times the time, rounded to float32. */
  readonly timesteps: readonly number[];
}

/** Models of this family take the time in thousandths. */
const timestepScale = 1000;

/**
 * The times of a rectified-flow run with timestep shift: `u_k = 1 - k / steps`,
 * `t_k = shift * u_k / (1 + (shift - 1) * u_k)`.
 *
 * Computed in float64, then rounded to float32, as in training software that keeps the times in a float32 tensor.
 *
 * @throws DiffusionError `STEPS_TOO_FEW` for fewer than 2 steps; `OPTION_INVALID` for a number of steps that is not an
 * integer, or a shift that is not finite and positive.
 *
 * @remarks Shift: Esser et al., "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis" (2024), §5.3.2.
 *
 * @example
 * ```ts
 * import { flowMatchingSchedule } from '@refrain/diffusion';
 *
 * console.log(flowMatchingSchedule({ steps: 4, shift: 3 }).times.map((time) => time.toFixed(2)).join(' '));
 * // 1.00 0.90 0.75 0.50 0.00
 * ```
 */
export function flowMatchingSchedule({ steps, shift = 1 }: FlowMatchingOptions): FlowMatchingSchedule {
  requireSteps(steps);
  requirePositive('shift', shift);
  const times = Array.from({ length: steps + 1 }, (_, index) => {
    const even = (steps - index) / steps;
    return Math.fround((shift * even) / (1 + (shift - 1) * even));
  });
  return { times, timesteps: times.slice(0, -1).map((time) => Math.fround(timestepScale * time)) };
}

/**
 * One Euler step along the velocity `v = dx/dt`: `x + (to - from) * v`.
 *
 * @param sample - x at time `from`, any shape, flattened.
 * @param velocity - the predicted velocity there, same shape.
 * @param from - time of the sample.
 * @param to - time of the result; smaller than `from` when denoising.
 * @returns a new array.
 * @throws DiffusionError `LENGTH_MISMATCH`; `OPTION_INVALID` for a time that is not finite.
 *
 * @remarks Liu et al., "Flow Straight and Fast" (2022), with time running from noise (1) to data (0).
 */
export function eulerStep(
  sample: Float32Array,
  velocity: Float32Array,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  requireSameLength('the sample', sample, 'the velocity', velocity);
  requireFinite('from', from);
  requireFinite('to', to);
  const duration = to - from;
  return sample.map((value, index) => value + duration * (velocity[index] ?? Number.NaN));
}

/**
 * A sampler for models that predict the velocity `noise - x0` of a rectified flow `x_t = (1 - t) x0 + t noise`.
 *
 * @throws DiffusionError as `flowMatchingSchedule`.
 */
export function flowMatchingEuler(options: FlowMatchingOptions): Sampler {
  const { times, timesteps } = flowMatchingSchedule(options);
  const { steps } = options;
  return {
    steps,
    timesteps,
    step: (sample, prediction, step) => {
      requireStepIndex(step, steps);
      return eulerStep(sample, prediction, times[step] ?? Number.NaN, times[step + 1] ?? Number.NaN);
    },
  };
}
