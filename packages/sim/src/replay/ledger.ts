import type { ComputeDecision, DecisionRecord, Entry, Indicator, ReuseDecision } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import type { ReplayBench } from './bench.ts';
import { changeOfStack, errorOfReuse, sourcesOf, type PlacedReuse } from './drift.ts';
import type { ReplayLane } from './lane.ts';
import type { Look } from './look.ts';
import { MIXED, NONE } from './measure.ts';

/** Where in a run something happens. */
export interface LedgerPlace {
  readonly lane: ReplayLane;
  readonly step: number;
}

/** Adds up what a replayed run does: sites, seconds, bytes, drift, and if wanted the decisions themselves. */
export class Ledger {
  /** Sites computed and reused, by lane and step. */
  readonly computed: Uint32Array;
  readonly reused: Uint32Array;
  /** Reuses that were refused. */
  refused = 0;
  seconds = 0;
  indicatorSeconds = 0;
  bytes = 0;
  /** Relative error of the latent, to first order; NaN once something cannot be predicted. */
  drift = 0;
  readonly decisions: DecisionRecord[] | undefined;
  /** Of the pass in progress. */
  #squaredErrors = 0;
  #reuses = 0;
  #oldest = Infinity;
  readonly #bench: ReplayBench;
  readonly #costs: CostModel | undefined;

  /**
   * @param bench - the recording
   * @param detailed - whether decisions are listed
   */
  constructor(bench: ReplayBench, detailed: boolean) {
    const { steps, lanes } = bench.recording;
    this.#bench = bench;
    this.#costs = bench.costs;
    this.computed = new Uint32Array(steps * lanes.length);
    this.reused = new Uint32Array(steps * lanes.length);
    this.decisions = detailed ? [] : undefined;
  }

  /** A span was computed. */
  compute({ lane, step }: LedgerPlace, site: number, { until }: ComputeDecision): void {
    const { secondsUntil, recording } = this.#bench;
    const [from, end] = [Math.max(0, site), Math.min(until, recording.stream.length)];
    if (end <= from) return;
    add(this.computed, lane.index * recording.steps + step, end - from);
    this.seconds += (secondsUntil[end] ?? 0) - (secondsUntil[from] ?? 0);
  }

  /** A span was taken from the cache. */
  reuse({ lane, step }: LedgerPlace, site: number, decision: ReuseDecision): void {
    const { until, form, weights, borrowed } = decision;
    const { stream, steps } = this.#bench.recording;
    const sites = Math.min(until, stream.length) - Math.max(site, 0);
    add(this.reused, lane.index * steps + step, Math.max(0, sites));
    const terms = weights.length + (borrowed?.length ?? 0);
    const costs = this.#costs;
    if (costs) {
      // One cached feature in the place of another needs no arithmetic.
      if (form === 'residual' || terms > 1 || weights[0] !== 1)
        this.seconds += costs.reuse * (form === 'residual' ? terms : terms - 1);
      for (const { lowPass } of borrowed ?? []) if (lowPass !== undefined) this.seconds += costs.lowPass ?? 0;
      if (form === 'value') this.seconds += (costs.whole[site] ?? 0) - (costs.value[site] ?? 0);
    }
    this.#addError({ lane, step, site, decision });
  }

  /**
   * A pass has ended.
   *
   * @param entered - whether the model was entered at all
   * @param stretches - in how many pieces its stream was run
   */
  endPass({ lane, step }: LedgerPlace, entered: boolean, stretches: number): void {
    const costs = this.#costs;
    if (costs && entered) this.seconds += costs.frame + Math.max(0, stretches - 1) * costs.stretch;
    if (this.#reuses > 0) this.drift += (lane.bench.streamWeights[step] ?? 0) * this.#errorOfPass(lane, step);
    this.#squaredErrors = 0;
    this.#reuses = 0;
    this.#oldest = Infinity;
  }

  #addError(reuse: PlacedReuse): void {
    const error = errorOfReuse(this.#bench, reuse);
    const { lane, step, decision } = reuse;
    if (decision.until > this.#bench.recording.stream.length) {
      this.drift += (lane.bench.outputWeights[step] ?? 0) * error;
      return;
    }
    this.#squaredErrors += error * error;
    this.#reuses += 1;
    this.#oldest = Math.min(this.#oldest, sourcesOf(reuse)[0] ?? step);
  }

  /**
   * Errors of different sites point in different directions, and much of what one site changes another takes back: many
   * of them together are no worse than the whole stack taken from the oldest of their steps.
   */
  #errorOfPass(lane: ReplayLane, step: number): number {
    const error = Math.sqrt(this.#squaredErrors);
    // NaN is to stay NaN.
    if (this.#reuses === 1 || !(error > 0)) return error;
    return Math.min(error, changeOfStack(this.#bench, lane, step, this.#oldest));
  }

  /**
   * Indicators are measured. What has nothing to be compared with yet takes no time to speak of.
   *
   * @param reference - of all of them, if it is one
   */
  measure({ indicators, names, comparing, all }: Look, lane: ReplayLane, reference: number): void {
    if (reference !== MIXED) {
      this.indicatorSeconds += reference === NONE ? all.making : all.making + all.comparing;
      return;
    }
    this.indicatorSeconds += all.making;
    for (const [index, { quantity }] of indicators.entries())
      if (quantity === 'magnitude' || lane.references[names[index] ?? 0] !== undefined)
        this.indicatorSeconds += comparing[index] ?? 0;
  }

  /** The run has ended: references, once held, are held to the end. */
  endRun(lanes: readonly ReplayLane[]): void {
    for (const { references, referenced } of lanes)
      for (const [name, indicator] of referenced.entries())
        if (indicator && references[name] !== undefined) this.bytes += this.#bytesOfReference(indicator);
  }

  /** An entry was kept; `longer` when it takes more room than before. */
  keep(entry: Entry, longer: boolean): void {
    const costs = this.#costs;
    if (entry.form === 'residual') this.seconds += costs?.keep ?? 0;
    // What lies inside a stretch is no output of it otherwise.
    if (entry.form === 'value' || entry.until < this.#bench.recording.stream.length)
      this.seconds += costs?.handOut ?? 0;
    if (longer) this.bytes += this.#bytesOf(entry);
  }

  #bytesOfReference({ tap, stride = 1 }: Indicator): number {
    const { taps, bytesPerElement } = this.#bench.recording;
    const index = this.#bench.index.find(tap);
    const elements = index === undefined ? 0 : (taps[index]?.elements ?? 0);
    return Math.ceil(elements / stride) * bytesPerElement;
  }

  #bytesOf({ from, until, form }: Entry): number {
    const { taps, bytesPerElement } = this.#bench.recording;
    const end = this.#bench.index.find(
      form === 'value' ? { of: 'value', at: from } : { of: 'stream', at: until },
    );
    const whole = end ?? this.#bench.index.find({ of: 'stream', at: 0 }) ?? 0;
    return (taps[whole]?.elements ?? 0) * bytesPerElement;
  }
}

function add(sums: Uint32Array, index: number, value: number): void {
  sums[index] = (sums[index] ?? 0) + value;
}
