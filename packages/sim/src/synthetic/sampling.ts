import {
  cumulativeAlphas,
  ddim,
  ddimSchedule,
  flowMatchingEuler,
  flowMatchingSchedule,
  type Sampler,
} from '@refrain/diffusion';
import type { ResolvedSyntheticOptions } from './options.ts';

/** What a deterministic sampler does in a step: the next sample is `sample` · x + `prediction` · v. */
export interface StepCoefficients {
  readonly sample: number;
  readonly prediction: number;
}

/**
 * How the head makes a prediction: `skip` · sample + `gain` · H · stream. The skip is the best linear prediction for data
 * of a given variance, so that the sampler's own part of a step hardly magnifies a difference of two samples.
 */
export interface Preconditioning {
  readonly skip: number;
  readonly gain: number;
}

/** How a synthetic DiT is sampled. */
export interface SyntheticSampling {
  readonly sampler: Sampler;
  readonly predicts: 'velocity' | 'noise';
  /** One for each step. */
  readonly coefficients: readonly StepCoefficients[];
  /** Skip and gain of the head at a timestep of the sampler's unit. */
  preconditioning(timestep: number): Preconditioning;
}

/** Variance of the data around what the network adds. */
const dataVariance = 0.25;

/**
 * Sampler and preconditioning of the schedule that the options name.
 *
 * @remarks Preconditioning: Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models" (2022),
 * section 5: a network between a skip connection and a gain, both functions of the noise level.
 */
export function samplingOf(options: ResolvedSyntheticOptions): SyntheticSampling {
  const { schedule, steps, shift } = options;
  if (schedule === 'flow') return flowSampling(steps, 1);
  if (schedule === 'shifted-flow') return flowSampling(steps, shift);
  return ddimSampling(steps, schedule);
}

function flowSampling(steps: number, shift: number): SyntheticSampling {
  const { times } = flowMatchingSchedule({ steps, shift });
  return {
    sampler: flowMatchingEuler({ steps, shift }),
    predicts: 'velocity',
    coefficients: Array.from({ length: steps }, (_, step) => ({
      sample: 1,
      prediction: (times[step + 1] ?? Number.NaN) - (times[step] ?? Number.NaN),
    })),
    preconditioning: (timestep) => {
      const time = timestep / 1000;
      const data = (1 - time) * dataVariance;
      // The regression of noise − data on their mixture: covariance over variance.
      return { skip: (time - data) / ((1 - time) * data + time ** 2), gain: 1 };
    },
  };
}

function ddimSampling(steps: number, schedule: 'linear' | 'cosine'): SyntheticSampling {
  const { cumulativeAlphas: signal } = ddimSchedule({ steps, schedule });
  const trained = cumulativeAlphas({ schedule });
  return {
    sampler: ddim({ steps, schedule }),
    predicts: 'noise',
    coefficients: Array.from({ length: steps }, (_, step) => {
      const [from = Number.NaN, to = Number.NaN] = [signal[step], signal[step + 1]];
      const sample = Math.sqrt(to / from);
      return { sample, prediction: Math.sqrt(1 - to) - sample * Math.sqrt(1 - from) };
    }),
    preconditioning: (timestep) => {
      const nearest = Math.min(trained.length - 1, Math.max(0, Math.round(timestep)));
      const alpha = trained[nearest] ?? Number.NaN;
      return { skip: Math.sqrt(1 - alpha) / (alpha * dataVariance + 1 - alpha), gain: -Math.sqrt(alpha) };
    },
  };
}
