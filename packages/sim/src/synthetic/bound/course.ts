import type { DecisionRecord } from '@refrain/core';
import { distance, norm } from '../drift.ts';
import { guidanceWeights } from '../lipschitz.ts';
import { predictGuided } from '../simulate.ts';
import type { SyntheticDit } from '../synthetic-dit.ts';
import { BoundConstants, type PassPoint } from './constants.ts';
import type { BoundBasis, DriftEvidence } from './evidence.ts';
import { BoundedGeometry, measuredGeometry, type SampleGeometry } from './geometry.ts';
import { Ledger } from './ledger.ts';
import { PassBound, type BoundContext } from './pass-bound.ts';
import { stored } from './rounding.ts';
import { Variations } from './variation.ts';

/** A cached run on its way, step by step. */
export class Course {
  readonly #dit: SyntheticDit;
  readonly #run: DriftEvidence;
  readonly #basis: BoundBasis;
  readonly #constants: BoundConstants;
  readonly #bounded: BoundedGeometry;
  readonly #geometry: SampleGeometry;
  readonly #context: BoundContext;
  readonly #weights: readonly number[];
  /** Decisions by step and branch. */
  readonly #passes: ReadonlyMap<string, readonly DecisionRecord[]>;

  /**
   * @param dit - the model
   * @param run - its decisions and samples
   * @param basis - what the bound is computed from
   */
  constructor(dit: SyntheticDit, run: DriftEvidence, basis: BoundBasis) {
    const { report, samples } = run;
    this.#dit = dit;
    this.#run = run;
    this.#basis = basis;
    this.#constants = new BoundConstants(dit);
    this.#bounded = new BoundedGeometry(norm(samples[0] as Float32Array));
    this.#geometry = basis === 'constants' ? this.#bounded : measuredGeometry(samples);
    this.#weights = guidanceWeights(dit);
    this.#passes = passesOf(report.decisions);
    this.#context = {
      constants: this.#constants,
      variations: new Variations(this.#constants, this.#geometry),
      ledger: new Ledger(),
      sampleNorm: (step) => this.#geometry.norm(step),
      replaced: report.warnings.some(({ code }) => code === 'non-finite-forecast'),
    };
  }

  /** Norm of the cached run's finished sample, at least. */
  leastNorm(): number {
    return this.#basis === 'constants' ? 0 : this.#geometry.norm(this.#dit.sampling.sampler.steps);
  }

  /** How far the prediction is from a fresh one for the same sample, at most. */
  reuseError(step: number): number {
    const { branches } = this.#dit;
    if (this.#basis === 'audit') return this.#audited(step);
    const passes = branches.map((branch) => {
      const pass = new PassBound(this.#context, { step, branch });
      const output = pass.follow(this.#passes.get(`${step} ${branch}`) ?? []);
      return { output, size: pass.norm };
    });
    const error = this.#guided(passes.map(({ output }) => output));
    const size = this.#guided(passes.map(({ size: most }) => most));
    const combining = error === 0 || branches.length === 1 ? 0 : stored(size) + stored(size + error);
    const reuse = error + combining;
    if (this.#basis === 'constants') this.#advance(step, size + reuse, reuse);
    return reuse;
  }

  /** The drift after a step, from the drift before it and the step's own error (discrete Grönwall, one step of it). */
  carry(step: number, drift: number, reuse: number): number {
    if (drift === 0 && reuse === 0) return 0;
    const { sample, prediction } = this.#coefficients(step);
    const { skip } = this.#constants.momentOf(step);
    const streams = this.#guided(this.#dit.branches.map((branch) => this.#through({ step, branch }, drift)));
    const carried = Math.abs(sample + prediction * skip) * drift + Math.abs(prediction) * (streams + reuse);
    return carried + this.#rounded(step, drift, streams + reuse);
  }

  /** Rounding of predictions, of their combination and of the next sample, in both runs. */
  #rounded(step: number, drift: number, apart: number): number {
    const { sample, prediction } = this.#coefficients(step);
    const here = this.#geometry.norm(step) + drift;
    const norms = this.#dit.branches.map((branch) => this.#constants.normsOf({ step, branch }, here).output);
    const size = this.#guided(norms) + apart;
    const next = Math.abs(sample) * here + Math.abs(prediction) * size;
    return 2 * (Math.abs(prediction) * 2 * stored(size) + stored(next));
  }

  /** How far apart two samples of one pass come out of the head, without the skip. */
  #through(point: PassPoint, drift: number): number {
    if (drift === 0) return 0;
    const constants = this.#constants;
    const { stream } = constants.normsOf(point, this.#geometry.norm(point.step) + drift);
    const norms = (position: number): [number, number] => [
      stream[position] as number,
      stream[position] as number,
    ];
    let apart = drift + 2 * stored(stream[0] as number);
    for (const [module, state] of constants.statesOf(point).entries())
      apart = constants.spread(state, module, apart, norms(module)).stream;
    return constants.headOf(point.step) * apart;
  }

  #audited(step: number): number {
    const timestep = this.#dit.sampling.sampler.timesteps[step] as number;
    const sample = this.#run.samples[step] as Float32Array;
    const made = this.#run.predictions?.[step] as Float32Array;
    return distance(made, predictGuided(this.#dit, sample, timestep));
  }

  #advance(step: number, size: number, reuse: number): void {
    const { sample, prediction } = this.#coefficients(step);
    const { skip } = this.#constants.momentOf(step);
    const before = this.#bounded.norm(step);
    const streams = this.#guided(
      this.#dit.branches.map(
        (branch) =>
          this.#constants.headOf(step) *
          (this.#constants.normsOf({ step, branch }, before).stream.at(-1) as number),
      ),
    );
    // The skip is added to the sampler's own factor, as in the growth of a drift.
    const pushed = Math.abs(prediction) * (streams + reuse + 2 * stored(size));
    const own = sample + prediction * skip;
    this.#bounded.advance(Math.abs(own) * before + pushed, Math.abs(own - 1) * before + pushed);
  }

  #guided(sizes: readonly number[]): number {
    return sizes.reduce((sum, size, index) => sum + Math.abs(this.#weights[index] as number) * size, 0);
  }

  #coefficients(step: number): { readonly sample: number; readonly prediction: number } {
    return this.#dit.sampling.coefficients[step] ?? { sample: Number.NaN, prediction: Number.NaN };
  }
}

function passesOf(decisions: readonly DecisionRecord[]): ReadonlyMap<string, readonly DecisionRecord[]> {
  const passes = new Map<string, DecisionRecord[]>();
  for (const record of decisions) {
    const key = `${record.step} ${record.branch}`;
    const pass = passes.get(key);
    if (pass) pass.push(record);
    else passes.set(key, [record]);
  }
  return passes;
}
