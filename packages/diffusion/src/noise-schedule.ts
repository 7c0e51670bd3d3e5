import { DiffusionError } from './errors.ts';
import { requireInteger, requirePositive } from './requirements.ts';

/** Name of a rule for the noise added at each training timestep. */
export type NoiseScheduleName = 'linear' | 'scaled-linear' | 'cosine';

/** Options of a noise schedule. */
export interface NoiseScheduleOptions {
  /**
   * Number of timesteps the model was trained with.
   *
   * @defaultValue 1000
   */
  readonly trainSteps?: number;
  /**
   * First beta; not used by `cosine`.
   *
   * @defaultValue 0.0001
   */
  readonly betaStart?: number;
  /**
   * Last beta, below 1; not used by `cosine`.
   *
   * @defaultValue 0.02
   */
  readonly betaEnd?: number;
  /**
   * `linear` (Ho et al., 2020), `scaled-linear`: linear in the square root of beta (Rombach et al., 2022), or `cosine`
   * (Nichol and Dhariwal, 2021).
   *
   * @defaultValue 'linear'
   */
  readonly schedule?: NoiseScheduleName;
}

/** The offset that keeps the first betas of the cosine schedule from vanishing; given in its paper. */
const cosineOffset = 0.008;

/** The largest beta of the cosine schedule, which would reach 1 at the end; given in its paper. */
const cosineLargestBeta = 0.999;

/**
 * Cumulative product of `1 - beta` at every training timestep, float64: the share of the signal in the variance of
 * the noisy sample, falling from almost 1 towards 0.
 *
 * @throws DiffusionError `OPTION_INVALID` for an unknown schedule, a number of training steps that is not an integer of
 * at least 2, or betas outside `0 < betaStart <= betaEnd < 1`.
 */
export function cumulativeAlphas(options: NoiseScheduleOptions = {}): readonly number[] {
  const { trainSteps = 1000, schedule = 'linear', betaStart = 0.0001, betaEnd = 0.02 } = options;
  requireInteger('trainSteps', trainSteps, 2, Number.MAX_SAFE_INTEGER);
  requirePositive('betaStart', betaStart);
  if (!(betaEnd >= betaStart && betaEnd < 1))
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected betaEnd from betaStart ${betaStart} to below 1, got ${betaEnd}.`,
    );
  const betas = betasOf(schedule, trainSteps, betaStart, betaEnd);
  let product = 1;
  return betas.map((beta) => (product *= 1 - beta));
}

function betasOf(
  schedule: NoiseScheduleName,
  trainSteps: number,
  start: number,
  end: number,
): readonly number[] {
  const indices = Array.from({ length: trainSteps }, (_, index) => index);
  const between = (first: number, last: number, index: number): number =>
    first + ((last - first) * index) / (trainSteps - 1);
  switch (schedule) {
    case 'linear':
      return indices.map((index) => between(start, end, index));
    case 'scaled-linear':
      return indices.map((index) => between(Math.sqrt(start), Math.sqrt(end), index) ** 2);
    case 'cosine':
      return indices.map((index) =>
        Math.min(
          1 - cosineSignal((index + 1) / trainSteps) / cosineSignal(index / trainSteps),
          cosineLargestBeta,
        ),
      );
    default:
      throw new DiffusionError(
        'OPTION_INVALID',
        `expected schedule to be "linear", "scaled-linear" or "cosine", got ${JSON.stringify(schedule)}.`,
      );
  }
}

function cosineSignal(time: number): number {
  return Math.cos((((time + cosineOffset) / (1 + cosineOffset)) * Math.PI) / 2) ** 2;
}
