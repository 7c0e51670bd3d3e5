import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { BlockRunner, Pass } from '../pass/runner.ts';
import type { Entry } from '../policy/decision.ts';
import { requireResult } from './contract.ts';
import type { Lane } from './lane.ts';
import type { FindFeature, Measurer } from './measurer.ts';
import type { Recorder } from './recorder.ts';
import type { Stretch } from './stretch.ts';
import { TapList, tapKey } from './taps.ts';
import type { Workbench } from './workbench.ts';

/** Runs stretches and puts cached features into the stream. */
export class StretchRunner<Feature extends object> {
  readonly #runner: BlockRunner<never, Feature, unknown>;
  readonly #pass: Pass<Feature, unknown>;
  readonly #lane: Lane<Feature>;
  readonly #bench: Workbench<Feature>;
  readonly #measurer: Measurer<Feature>;
  readonly #recorder: Recorder;

  /**
   * @param runner - whose pass it is
   * @param pass - the entered pass
   * @param lane - where entries are kept
   * @param bench - owns the features in work
   * @param measurer - measures indicators
   * @param recorder - takes times and warnings
   */
  constructor(
    runner: BlockRunner<never, Feature, unknown>,
    pass: Pass<Feature, unknown>,
    lane: Lane<Feature>,
    bench: Workbench<Feature>,
    measurer: Measurer<Feature>,
    recorder: Recorder,
  ) {
    this.#runner = runner;
    this.#pass = pass;
    this.#lane = lane;
    this.#bench = bench;
    this.#measurer = measurer;
    this.#recorder = recorder;
  }

  /** Runs a stretch from the current stream, keeps its entries, measures its indicators and moves the stream on. */
  async run(
    stretch: Stretch<Feature>,
    indicators: readonly Indicator[],
  ): Promise<Record<string, Measurement>> {
    const { from, until, values, keep } = stretch;
    const taps = new TapList();
    for (const entry of keep) taps.wantEntry(entry, from, until);
    for (const indicator of indicators) taps.wantIndicator(indicator, from, until);
    const requests = taps.list();
    const input = this.#bench.x;
    const result = await this.#recorder.time('compute', () =>
      this.#pass.span({ from, until, x: input, values, taps: requests }),
    );
    this.#bench.adoptResult(result);
    requireResult(result, requests.length, input, this.#runner.name);
    const { x: output, taps: tapped } = result;
    const byKey = new Map(requests.map(({ tap, stride }, index) => [tapKey(tap, stride), tapped[index]]));
    const find = this.#finder(stretch, input, output, byKey);
    if (keep.length > 0) await this.#recorder.time('keep', () => this.#keepAll(keep, find));
    const measured =
      indicators.length > 0
        ? await this.#recorder.time('indicator', () => this.#measurer.measure(indicators, find, until))
        : {};
    for (const feature of [...tapped, ...values.values()]) this.#bench.release(feature);
    this.#bench.advance(output);
    return measured;
  }

  /** Puts a cached span into the stream: adds the combined residual, or replaces the stream by the combined output. */
  reuse(
    form: 'output' | 'residual',
    features: readonly Feature[],
    weights: readonly number[],
  ): Promise<void> {
    return this.#recorder.time('reuse', async () => {
      const terms = termsOf(features, weights);
      if (form === 'residual') {
        const x = { weight: 1, feature: this.#bench.x };
        this.#bench.advance(this.#bench.adopt(await this.#runner.ops.combine([x, ...terms])));
      } else this.#bench.advance(await this.combine(features, weights));
    });
  }

  /** Σ weights[k] · features[k], adopted by the bench. Plain reuse shares the feature instead of copying it. */
  async combine(features: readonly Feature[], weights: readonly number[]): Promise<Feature> {
    const [newest] = features;
    if (newest && weights.length === 1 && weights[0] === 1) return this.#bench.adopt(newest);
    return this.#bench.adopt(await this.#runner.ops.combine(termsOf(features, weights)));
  }

  #finder(
    { from, until }: Stretch<Feature>,
    input: Feature,
    output: Feature,
    byKey: ReadonlyMap<string, Feature | undefined>,
  ): FindFeature<Feature> {
    return (tap, stride) => {
      if (tap.of === 'residual') return undefined;
      if (tap.of === 'stream' && tap.at === from) return { feature: input, sketched: false };
      if (tap.of === 'stream' && tap.at === until) return { feature: output, sketched: false };
      const feature = byKey.get(tapKey(tap, stride));
      return feature && { feature, sketched: stride !== undefined && this.#runner.sketches === true };
    };
  }

  async #keepAll(keep: readonly Entry[], find: FindFeature<Feature>): Promise<void> {
    for (const entry of keep) {
      const feature = await this.#featureOf(entry, find);
      if (feature) {
        await this.#keep(entry, feature);
        this.#bench.release(feature);
      }
    }
  }

  async #featureOf({ from, until, form }: Entry, find: FindFeature<Feature>): Promise<Feature | undefined> {
    if (form === 'value') return this.#share(find({ of: 'value', at: from }, undefined)?.feature);
    const after = find({ of: 'stream', at: until }, undefined)?.feature;
    if (form === 'output') return this.#share(after);
    const before = find({ of: 'stream', at: from }, undefined)?.feature;
    return after && before && this.#bench.adopt(await this.#runner.ops.subtract(after, before));
  }

  #share(feature: Feature | undefined): Feature | undefined {
    return feature && this.#bench.adopt(feature);
  }

  async #keep(entry: Entry, feature: Feature): Promise<void> {
    const { ops } = this.#runner;
    const span = `${entry.from}–${entry.until}`;
    if (ops.isFinite && !(await ops.isFinite(feature))) {
      this.#recorder.warnings.add(
        'non-finite-feature',
        `the feature of ${span} has NaN or infinite elements: not cached`,
      );
      this.#lane.cache.forget(entry);
    } else if (!this.#lane.cache.keep(entry, feature, this.#bench.shape, this.#lane.step))
      this.#recorder.warnings.add(
        'over-budget',
        `the byte budget has no room for the feature of ${span}: not cached`,
      );
  }
}

function termsOf<Feature>(
  features: readonly Feature[],
  weights: readonly number[],
): readonly { readonly weight: number; readonly feature: Feature }[] {
  return weights.flatMap((weight, index) => {
    const feature = features[index];
    return feature === undefined ? [] : [{ weight, feature }];
  });
}
