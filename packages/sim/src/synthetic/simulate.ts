import { refrain, type Policy, type RunOptions, type RunReport } from '@refrain/core';
import { driftBetween, type Drift } from './drift.ts';
import type { SyntheticDit } from './synthetic-dit.ts';

/** A run from noise to sample, with everything on its way. */
export interface SyntheticRun {
  /** The sample before each step, and the finished one: `steps + 1` arrays. */
  readonly samples: readonly Float32Array[];
  /** What the model (all branches together) predicted at each step. */
  readonly predictions: readonly Float32Array[];
  /** The finished sample. */
  readonly sample: Float32Array;
}

/** A run under a policy, compared with the plain one. */
export interface Simulation extends SyntheticRun {
  readonly report: RunReport;
  /** How far the run came from the plain one. */
  readonly drift: Drift;
  /** The plain run. */
  readonly plain: SyntheticRun;
}

/** How a simulation is run. */
export interface SimulateOptions extends Pick<RunOptions, 'signal' | 'maxBytes' | 'onDecision'> {
  /** Seed of the noise to start from. Default: the model's own. */
  readonly seed?: number;
  /** The plain run from that noise, where it is there already: it is the same for all policies. */
  readonly plain?: SyntheticRun;
}

/**
 * Runs a synthetic DiT closed loop from noise to sample without executor or policy: each prediction as the formula says.
 *
 * @param dit - the model with its sampler
 * @param options - the noise to start from
 */
export function simulateBare(dit: SyntheticDit, options: Pick<SimulateOptions, 'seed'> = {}): SyntheticRun {
  const { sampler } = dit.sampling;
  const samples = [dit.noise(options.seed)];
  const predictions: Float32Array[] = [];
  let sample = samples[0] as Float32Array;
  for (const [step, timestep] of sampler.timesteps.entries()) {
    const prediction = predictGuided(dit, sample, timestep);
    sample = sampler.step(sample, prediction, step);
    predictions.push(prediction);
    samples.push(sample);
  }
  return { samples, predictions, sample };
}

/** The plain prediction of all branches together, as the executor combines them. */
export function predictGuided(dit: SyntheticDit, sample: Float32Array, timestep: number): Float32Array {
  const { guidance } = dit.options;
  const [conditional, unconditional] = dit.branches.map((branch) =>
    dit.predict(sample, { timestep, branch }),
  );
  if (!unconditional) return conditional as Float32Array;
  return (conditional as Float32Array).map(
    (value, index) => guidance * value + (1 - guidance) * (unconditional[index] as number),
  );
}

/**
 * Runs a synthetic DiT closed loop under a policy, and plainly, and says how far they came apart.
 *
 * @param dit - the model with its sampler
 * @param policy - decides what to compute and what to reuse
 * @param options - noise to start from, budget, signal
 * @throws PolicyError `POLICY_NEEDS`, `POLICY_FIT` when the policy does not go with the model; what `refrain` throws
 *
 * @example
 * ```ts
 * const { drift, report } = await simulate(syntheticDit(), bwcache());
 * console.log(report.reuseRate, drift.relative);
 * ```
 */
export async function simulate(
  dit: SyntheticDit,
  policy: Policy,
  options: SimulateOptions = {},
): Promise<Simulation> {
  const { seed, plain = simulateBare(dit, options), ...rest } = options;
  const { sampler } = dit.sampling;
  const { branches } = dit;
  const run = refrain(dit, policy).start({ timesteps: sampler.timesteps, branches, ...rest });
  const samples = [dit.noise(seed)];
  const predictions: Float32Array[] = [];
  let sample = samples[0] as Float32Array;
  for (let step = 0; step < sampler.steps; step++) {
    const inputs = Object.fromEntries(branches.map((branch) => [branch, { sample }]));
    const prediction = await run.guided(inputs, { step, scale: dit.options.guidance });
    sample = sampler.step(sample, prediction, step);
    predictions.push(prediction);
    samples.push(sample);
  }
  const drift = driftBetween(samples, plain.samples);
  return { samples, predictions, sample, report: run.report(), drift, plain };
}
