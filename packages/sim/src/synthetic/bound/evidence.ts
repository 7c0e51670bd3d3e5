import type { RunReport } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { SyntheticDit } from '../synthetic-dit.ts';

/**
 * What a bound is computed from:
 * - `constants`: the model's constants, the decisions and the norm of the first noise. Known before anything is run;
 * - `samples`: the samples of the cached run as well, which say how far apart the inputs of two steps really are;
 * - `audit`: each step's reuse error is measured, by one plain prediction for the cached run's own sample. Only what becomes
 *   of the errors on their way through the sampler is bounded. Costs as much as a plain run.
 */
export type BoundBasis = 'constants' | 'samples' | 'audit';

/** A cached run, as far as bounds look at it. What `simulate` returns is one. */
export interface DriftEvidence {
  readonly report: Pick<RunReport, 'decisions' | 'warnings'>;
  /** The sample before each step and the finished one; for `constants` the first is enough. */
  readonly samples: readonly Float32Array[];
  /** What was predicted at each step; only for `audit`. */
  readonly predictions?: readonly Float32Array[];
  /** The plain run, if it is known: then so is what the relative drift is relative to. */
  readonly plain?: { readonly sample: Float32Array };
}

/**
 * Refuses what is not a finished run of a model, or lacks what the basis needs.
 *
 * @throws SimError `OPTION_INVALID`
 */
export function requireEvidence(
  dit: SyntheticDit,
  { report, samples, predictions = [] }: DriftEvidence,
  basis: BoundBasis,
): void {
  const { steps } = dit.sampling.sampler;
  const needed = basis === 'constants' ? 1 : steps + 1;
  if (samples.length < needed || samples.some(({ length }) => length !== dit.noise().length))
    throw wrong(
      `basis "${basis}" needs ${needed} samples of ${dit.noise().length} values, got ${samples.length}`,
    );
  if (basis === 'audit' && predictions.length !== steps)
    throw wrong(`basis "audit" needs the ${steps} predictions of the run, got ${predictions.length}`);
  const ended = new Set(report.decisions.map(({ step, branch, call }) => `${step} ${branch} ${call}`));
  const all = Array.from({ length: steps }, (_, step) => dit.branches.map((branch) => `${step} ${branch} 0`));
  const missing = all.flat().find((pass) => !ended.delete(pass));
  const extra = [...ended][0];
  if (missing !== undefined || extra !== undefined)
    throw wrong(
      `expected one pass for each of ${steps} steps and ${dit.branches.join(' and ')}, got ` +
        (missing === undefined
          ? `one more (step, branch, call: ${extra})`
          : `none for step ${missing.split(' ')[0]}`),
    );
}

function wrong(message: string): SimError {
  return new SimError(
    'OPTION_INVALID',
    `[sim] driftBound: ${message}; pass a finished run by simulate() of the same model`,
  );
}
