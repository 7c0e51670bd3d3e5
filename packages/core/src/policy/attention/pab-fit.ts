import type { Misfit, RunShape } from '../policy.ts';
import { initialState, reuses } from './pab-rule.ts';
import type { PabSettings } from './pab-settings.ts';

/** A window in another unit than the run's timesteps, or one in which nothing is to be reused. */
export function windowMisfits(run: RunShape, settings: PabSettings): readonly Misfit[] {
  const { low, high } = settings;
  const { timesteps } = run;
  const largest = Math.max(...timesteps.map(Math.abs));
  if (low >= 1 && largest <= 1)
    return [
      {
        severity: 'warning',
        code: 'other-sampler',
        message:
          `the window ${low}–${high} is of timesteps from 0 to 1000, and this run's are sigmas up to ${largest}: ` +
          'give 1000 times the sigma as the timestep, or low and high as sigmas with variant=diffusers',
      },
    ];
  const { sites, mlps } = initialState(run, settings);
  const reused = timesteps.some((timestep, step) =>
    sites.some((rule) =>
      rule === 'mlp'
        ? (mlps[step] ?? -1) >= 0 && mlps[step] !== step
        : reuses(step, rule, timestep, settings),
    ),
  );
  if (reused) return [];
  const message =
    `no site is reused at any of the ${timesteps.length} steps: its range is 1, or no timestep lies between ` +
    `${low} and ${high} where it could be reused`;
  return [{ severity: 'warning', code: 'nothing-to-reuse', message }];
}
