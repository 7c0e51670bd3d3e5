import { RunnerError } from '../errors.ts';
import type { Indicator, Measurement, Sums } from '../indicator/indicator.ts';
import type { MaybePromise } from '../pass/features.ts';
import type { BlockRunner, Pass, TapRequest } from '../pass/runner.ts';
import { compareAll, needsReference, type Comparison } from './compare.ts';
import { requireLooked } from './contract.ts';
import { askToLook } from './look.ts';
import type { Recorder } from './recorder.ts';
import type { ReferenceStore } from './reference-store.ts';
import { lookRequests, positionOf, tapKey } from './taps.ts';
import type { Workbench } from './workbench.ts';

/** Finds the feature for a tap: whole, or already the sketch that was asked for. */
export type FindFeature<Feature> = (
  tap: Indicator['tap'],
  stride: number | undefined,
) => { feature: Feature; sketched: boolean } | undefined;

/** Adds up sums over ranks. */
export type ReduceSums = (sums: readonly Sums[]) => MaybePromise<readonly Sums[]>;

/** A new reference that waits for the decision that confirms it. */
interface Pending<Feature> {
  readonly name: string;
  readonly feature: Feature;
  readonly shape: string;
}

/** Measures indicators against their references. */
export class Measurer<Feature extends object> {
  readonly #runner: BlockRunner<never, Feature, unknown>;
  readonly #references: ReferenceStore<Feature>;
  readonly #bench: Workbench<Feature>;
  readonly #recorder: Recorder;
  readonly #reduce: ReduceSums | undefined;
  #early: readonly Feature[] | undefined;
  readonly #pending: Pending<Feature>[] = [];
  /** Features that are compared but become no reference. */
  readonly #borrowed: Feature[] = [];

  /**
   * @param runner - whose features are measured
   * @param references - of the lane
   * @param bench - owns the features in work
   * @param recorder - takes times and warnings
   * @param reduce - adds up sums over ranks
   */
  constructor(
    runner: BlockRunner<never, Feature, unknown>,
    references: ReferenceStore<Feature>,
    bench: Workbench<Feature>,
    recorder: Recorder,
    reduce: ReduceSums | undefined,
  ) {
    this.#runner = runner;
    this.#references = references;
    this.#bench = bench;
    this.#recorder = recorder;
    this.#reduce = reduce;
  }

  /** Takes the features of the first look, which came along with entering; the bench owns them. */
  bring(features: readonly Feature[] | undefined): void {
    this.#early = features;
  }

  /** Adds numbers up over ranks. */
  async reduceNumbers(values: readonly number[]): Promise<readonly number[]> {
    if (!this.#reduce) return values;
    const sums = await this.#reduce(values.map((numerator) => ({ numerator, denominator: 0, count: 1 })));
    return sums.map(({ numerator }) => numerator);
  }

  /** Measures before anything is computed at a position. */
  look(
    pass: Pass<Feature, unknown>,
    at: number,
    indicators: readonly Indicator[],
  ): Promise<Record<string, Measurement>> {
    return this.#recorder.time('indicator', async () => {
      const requests = lookRequests(indicators, at);
      const features = requests.length > 0 ? await this.#looked(pass, at, requests) : [];
      const found = new Map(requests.map(({ tap, stride }, index) => [tapKey(tap, stride), features[index]]));
      const measured = await this.measure(indicators, (tap, stride) => {
        if (tap.of === 'residual') return undefined;
        if (tap.of === 'stream')
          return tap.at === at ? { feature: this.#bench.x, sketched: false } : undefined;
        const feature = found.get(tapKey(tap, stride));
        return feature && { feature, sketched: stride !== undefined && this.#runner.sketches === true };
      });
      for (const feature of features) this.#bench.release(feature);
      return measured;
    });
  }

  /**
   * Measures features that are there. The caller takes the time.
   *
   * @param end - where the computed span ends: what stands before it has been computed and need not be confirmed
   */
  async measure(
    indicators: readonly Indicator[],
    find: FindFeature<Feature>,
    end: number = -Infinity,
  ): Promise<Record<string, Measurement>> {
    const measured: Record<string, Measurement> = {};
    const comparisons: Comparison<Feature>[] = [];
    for (const indicator of indicators) {
      const { name, against, quantity = 'change' } = indicator;
      const current = await this.#current(indicator, find);
      if (!current) {
        measured[name] = { kind: 'shape-changed' };
        continue;
      }
      const shape = this.#runner.ops.shape(current);
      const reference = needsReference(quantity) ? this.#references.find(name) : { feature: current, shape };
      if (!reference) measured[name] = { kind: 'no-reference' };
      else if (reference.shape !== shape) measured[name] = { kind: 'shape-changed' };
      else comparisons.push({ name, quantity, current, reference: reference.feature });
      if (against === 'frozen' || !needsReference(quantity)) this.#borrowed.push(current);
      else this.#pending.push({ name, feature: current, shape });
    }
    const sums = await this.#reduced(await compareAll(this.#runner.ops, comparisons));
    comparisons.forEach(({ name }, index) => {
      const found = sums[index];
      if (found) measured[name] = { kind: 'sums', ...found };
    });
    for (const feature of this.#borrowed.splice(0)) this.#bench.release(feature);
    for (const { name, against, tap } of indicators)
      if (against === 'seen' || (against === 'computed' && positionOf(tap) < end)) this.#store(name);
    return measured;
  }

  /** The span after the measurement is computed: what was seen becomes the reference. */
  commit(): void {
    for (const name of this.#pending.map((pending) => pending.name)) this.#store(name);
  }

  /** The span after the measurement is reused: references stay what they were. */
  drop(): void {
    for (const { feature } of this.#pending.splice(0)) this.#bench.release(feature);
  }

  #store(name: string): void {
    const index = this.#pending.findIndex((pending) => pending.name === name);
    const [pending] = index < 0 ? [] : this.#pending.splice(index, 1);
    if (!pending) return;
    if (!this.#references.replace(name, pending.feature, pending.shape))
      this.#recorder.warnings.add(
        'over-budget',
        `the byte budget has no room for the reference of indicator "${name}": it cannot be measured`,
      );
    this.#bench.release(pending.feature);
  }

  /** What came along with entering, or else what the runner gives when asked. */
  async #looked(
    pass: Pass<Feature, unknown>,
    at: number,
    requests: readonly TapRequest[],
  ): Promise<readonly Feature[]> {
    const early = at === 0 ? this.#early : undefined;
    this.#early = undefined;
    requireLooked(early, requests.length, this.#runner.name);
    return early ?? askToLook(this.#runner.name, pass, at, requests, this.#bench);
  }

  /**
   * The feature that an indicator compares, adopted by the bench for the pending reference; undefined for a residual
   * between positions where the stream has different shapes.
   */
  async #current({ name, tap, stride }: Indicator, find: FindFeature<Feature>): Promise<Feature | undefined> {
    const { ops } = this.#runner;
    if (tap.of === 'residual') {
      const [until, from] = [
        find({ of: 'stream', at: tap.until }, stride),
        find({ of: 'stream', at: tap.from }, stride),
      ];
      if (!until || !from) throw missing(name);
      const minuend = await this.#sketch(until, stride);
      const subtrahend = await this.#sketch(from, stride);
      const alike = ops.shape(minuend) === ops.shape(subtrahend);
      const residual = alike ? this.#bench.adopt(await ops.subtract(minuend, subtrahend)) : undefined;
      this.#bench.release(minuend);
      this.#bench.release(subtrahend);
      return residual;
    }
    const found = find(tap, stride);
    if (!found) throw missing(name);
    return this.#sketch(found, stride);
  }

  async #sketch(
    found: { feature: Feature; sketched: boolean },
    stride: number | undefined,
  ): Promise<Feature> {
    const whole = stride === undefined || found.sketched;
    return this.#bench.adopt(whole ? found.feature : await this.#runner.ops.sketch(found.feature, stride));
  }

  async #reduced(own: readonly Sums[]): Promise<readonly Sums[]> {
    if (own.length === 0) return [];
    const sums = this.#reduce ? await this.#reduce(own) : own;
    // A missing sum would pass for an indicator that was never measured, which nobody reports.
    if (sums.length !== own.length)
      throw new RunnerError('RUNNER_CONTRACT', `[core] expected ${own.length} sums, got ${sums.length}`);
    return sums;
  }
}

function missing(name: string): RunnerError {
  return new RunnerError('RUNNER_CONTRACT', `[core] the runner returned no feature for indicator "${name}"`);
}
