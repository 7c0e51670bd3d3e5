import { RunError } from '../../errors.ts';
import type { Indicator } from '../../indicator/indicator.ts';
import type { RunReport } from '../../report/report.ts';
import { definePolicy, type NoOptions, type PolicyFactory } from '../define.ts';
import { compute } from '../span.ts';

/** What `magnitudes` remembers: where the stream ends. */
export type MagnitudesState = { readonly length: number };

const GROWTH = 'growth of the residual';

/**
 * Computes everything and measures how the magnitude of the residual of all blocks changes from step to step, averaged
 * over tokens t: MagCache's calibration (Zehong-Ma/MagCache, commit df81cb1). {@link magnitudeRatios} turns the report
 * of one run into the option `ratios` of `magcache`.
 *
 *     mag[s] = mean_t ‖r_{s,t}‖₂ / ‖r_{s−1,t}‖₂
 */
export const magnitudes: PolicyFactory<NoOptions, MagnitudesState> = definePolicy<NoOptions, MagnitudesState>(
  {
    name: 'magnitudes',
    about: 'computes everything and measures the magnitude ratios that magcache needs',
    baseline: true,
    options: {},
    rule: () => ({
      granularity: 'step',
      needs: { history: 0, operations: ['tokenNorms'] },
      limits: (run) => ({ warmUp: run.steps, tail: run.steps, maxAge: 0 }),
      init: (run) => ({ length: run.stream.length }),
      next: ({ length }) => compute(length, { kind: 'always-compute' }, [], [growthOf(length)]),
      observe: (state) => state,
    }),
  },
);

function growthOf(length: number): Indicator {
  const tap = { of: 'residual', from: 0, until: length } as const;
  return { name: GROWTH, tap, against: 'computed', quantity: 'token-norms' };
}

/**
 * The magnitude ratios that a run under `magnitudes` measured, rounded to five decimals as the source prints them, with
 * 1 for the first step.
 *
 * @param report - of a run that was carried to its end
 * @returns one list for each branch, in the order of the run's branches: the option `ratios` of `magcache`
 * @throws RunError `RUN_OPTIONS` when a ratio is missing, or not a positive number
 *
 * @example
 * ```ts
 * const run = refrain(runner, magnitudes()).start({ timesteps });
 * for (const timestep of timesteps) await run.step({ latent, timestep });
 * const policy = magcache({ ratios: magnitudeRatios(run.report()) });
 * ```
 */
export function magnitudeRatios(
  report: Pick<RunReport, 'branches' | 'steps' | 'decisions'>,
): readonly (readonly number[])[] {
  return report.branches.map((branch) => {
    const first = report.decisions.filter((record) => record.branch === branch && record.call === 0);
    return Array.from({ length: report.steps }, (_, step) => {
      if (step === 0) return 1;
      const measured = first.find((record) => record.step === step)?.measured?.[GROWTH];
      const ratio = measured?.kind === 'sums' ? measured.numerator / measured.denominator : Number.NaN;
      if (!Number.isFinite(ratio) || ratio <= 0) throw missing(step, branch);
      return rounded(ratio);
    });
  });
}

/** As float32 code takes the mean, and Python rounds it. A ratio that would vanish keeps its first digit. */
function rounded(ratio: number): number {
  return Math.max(Number(Math.fround(ratio).toFixed(5)), 1e-5);
}

function missing(step: number, branch: string): RunError {
  return new RunError(
    'RUN_OPTIONS',
    `[core] the report has no usable magnitude ratio for step ${step} of ${branch}: expected a finished run under ` +
      'the policy magnitudes, in which no residual was zero',
  );
}
