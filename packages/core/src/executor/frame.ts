import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { WeightedFeature } from '../pass/features.ts';
import { SAMPLE, type CacheForm } from '../policy/decision.ts';
import type { Combiner } from './combiner.ts';
import type { PassTools } from './stretch-runner.ts';
import type { RunContext } from './walk.ts';

/** The frame of one pass around the stream: the sample that goes in and the output that comes out, as features. */
export class Frame<Input, Feature extends object, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #input: Input;
  readonly #tools: PassTools<Feature>;
  readonly #combiner: Combiner<Feature>;
  #sample: Feature | undefined;
  #output: Feature | undefined;

  /**
   * @param context - what all passes of the run share
   * @param input - what the model is given
   * @param tools - what the parts of the pass work with
   * @param combiner - combines cached features
   */
  constructor(
    context: RunContext<Input, Feature, Output>,
    input: Input,
    tools: PassTools<Feature>,
    combiner: Combiner<Feature>,
  ) {
    this.#context = context;
    this.#input = input;
    this.#tools = tools;
    this.#combiner = combiner;
  }

  /** Makes a feature of the sample, unless that was done. */
  async openSample(): Promise<void> {
    const { runner, recorder } = this.#context;
    const { model } = runner;
    if (this.#sample || !model) return;
    this.#sample = await recorder.time('frame', () => model.sample(this.#input));
    this.#tools.bench.openSample(this.#sample, runner.ops);
  }

  /** Makes a feature of the output, and completes the entries that wait for it. */
  async openOutput(value: Output): Promise<void> {
    const { runner, recorder, stream } = this.#context;
    const { model } = runner;
    if (!model) return;
    this.#output = this.#tools.bench.adopt(await recorder.time('frame', () => model.feature(value)));
    await this.collectAt(stream.length + 1);
  }

  /** An output from the cache: the combination itself, or the sample plus the combination. */
  async derive(form: CacheForm, terms: readonly WeightedFeature<Feature>[]): Promise<Output> {
    const { runner, recorder } = this.#context;
    const { model } = runner;
    if (!model) throw new TypeError('the runner has no model site');
    return recorder.time('reuse', async () => {
      const base = form === 'residual' ? this.#sample : undefined;
      return model.output(await this.#combiner.combine(terms, base));
    });
  }

  /** Measures taps of the frame: the sample, the output, or their difference. */
  measure(
    indicators: readonly Indicator[],
    end: number,
  ): Promise<Record<string, Measurement>> | Record<string, Measurement> {
    if (indicators.length === 0) return {};
    const { measurer, recorder } = this.#tools;
    return recorder.time('indicator', () =>
      measurer.measure(
        indicators,
        (tap) => {
          const feature = tap.of === 'stream' ? this.#stateAt(tap.at) : undefined;
          return feature && { feature, sketched: false };
        },
        end,
      ),
    );
  }

  /** Lets entries that start or end at the current position have the feature there. */
  collectAt(position: number): Promise<void> {
    return this.#tools.keeper.collect(position, position, (of) =>
      of === 'stream' ? this.#stateAt(position) : undefined,
    );
  }

  #stateAt(position: number): Feature | undefined {
    if (position === SAMPLE) return this.#sample;
    return position > this.#context.stream.length ? this.#output : this.#tools.bench.x;
  }
}
