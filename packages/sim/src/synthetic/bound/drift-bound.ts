import { norm } from '../drift.ts';
import { lipschitzOf } from '../lipschitz.ts';
import type { SyntheticDit } from '../synthetic-dit.ts';
import { Course } from './course.ts';
import { requireEvidence, type BoundBasis, type DriftEvidence } from './evidence.ts';
import { slack } from './rounding.ts';

/** What may happen in one step, at most. */
export interface StepBound {
  /** ‖prediction − fresh prediction for the same sample‖₂: the error that reuse makes. */
  readonly reuse: number;
  /** The factor by which the step magnifies a drift that is there already (its Lipschitz constant). */
  readonly growth: number;
  /** ‖sample − plain run's sample‖₂ after the step. */
  readonly drift: number;
}

/** How far a cached run can be from the plain one. */
export interface DriftBound {
  readonly basis: BoundBasis;
  readonly steps: readonly StepBound[];
  /** ‖finished sample − that of the plain run‖₂, at most. No element differs by more either. */
  readonly final: number;
  /**
   * The same divided by the norm of the plain run's sample, at most: of the plain run itself where that is known, else of what
   * the cached run's sample leaves of it, and infinite if that may be nothing.
   */
  readonly relative: number;
}

/**
 * How far a cached run of a synthetic DiT can have drifted from the plain run, for whatever a policy decided: plain reuse and
 * forecasts, outputs, residuals and values, parts of the stream and whole passes, terms borrowed from the other branch.
 * The bound is proven (docs/simulation/drift-bound.md); it covers the rounding of float32.
 *
 * @param dit - the model that was run
 * @param run - its decisions and samples, as {@link simulate} returns them
 * @param basis - what to compute the bound from. Default: the run's samples
 * @throws SimError `OPTION_INVALID` when the decisions are not those of a finished run of this model, or samples are missing
 *
 * @example
 * ```ts
 * const run = await simulate(dit, bwcache());
 * console.log(run.drift.l2 <= driftBound(dit, run).final); // true
 * ```
 */
export function driftBound(dit: SyntheticDit, run: DriftEvidence, basis: BoundBasis = 'samples'): DriftBound {
  const steps = dit.sampling.sampler.steps;
  requireEvidence(dit, run, basis);
  const growths = lipschitzOf(dit).steps;
  const course = new Course(dit, run, basis);
  const bounds: StepBound[] = [];
  let drift = 0;
  for (let step = 0; step < steps; step++) {
    const reuse = known(course.reuseError(step));
    drift = known(course.carry(step, drift, reuse));
    bounds.push({ reuse: reuse * slack, growth: growths[step]?.step ?? Infinity, drift: drift * slack });
  }
  const final = drift * slack;
  const size = run.plain ? norm(run.plain.sample) : course.leastNorm() - final;
  return { basis, steps: bounds, final, relative: relativeTo(size, final) };
}

/** Where float32 may have overflowed, nothing is known. */
function known(bound: number): number {
  return Number.isNaN(bound) ? Infinity : bound;
}

function relativeTo(size: number, drift: number): number {
  if (drift === 0) return 0;
  return size > 0 ? drift / size : Infinity;
}
