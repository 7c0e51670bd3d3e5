import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { Pass, PassInfo, TapRequest } from '../pass/runner.ts';
import {
  outputOf,
  SAMPLE,
  type ComputeDecision,
  type Entry,
  type ReuseDecision,
} from '../policy/decision.ts';
import { abortError } from './blame.ts';
import { Combiner, findTerms, type FoundTerms } from './combiner.ts';
import { Frame } from './frame.ts';
import { Keeper } from './keeper.ts';
import type { Lane } from './lane.ts';
import { Measurer } from './measurer.ts';
import { openStretch, type Stretch } from './stretch.ts';
import { runStretch, type PassTools, type Wanted } from './stretch-runner.ts';
import { isFrameTap, lookRequests } from './taps.ts';
import type { RunContext } from './walk.ts';
import { Workbench } from './workbench.ts';

type Measured = Record<string, Measurement>;

/**
 * One pass of the model on its way from the sample to the output: enters when it must, gathers spans into stretches, runs
 * them, puts cached features in, and leaves.
 */
export class Passage<Input, Feature extends object, Output> {
  readonly #context: RunContext<Input, Feature, Output>;
  readonly #info: PassInfo;
  readonly #input: Input;
  readonly #frame: Frame<Input, Feature, Output>;
  readonly #tools: PassTools<Feature>;
  readonly #combiner: Combiner<Feature>;
  #pass: Pass<Feature, Output> | undefined;
  #stretch: Stretch<Feature> = openStretch(0);
  #output: { readonly value: Output } | undefined;

  /**
   * @param context - what all passes of the run share
   * @param lane - state and stores of this pass's branch and call
   * @param info - where in the run the pass stands
   * @param input - what the model is given
   */
  constructor(
    context: RunContext<Input, Feature, Output>,
    lane: Lane<Feature>,
    info: PassInfo,
    input: Input,
  ) {
    const { runner, holdings, recorder, options } = context;
    const { ops } = runner;
    this.#context = context;
    this.#info = info;
    this.#input = input;
    const bench = new Workbench(holdings);
    const measurer = new Measurer(runner, lane.references, bench, recorder, options.reduceSums);
    const keeper = new Keeper(ops, lane, bench, recorder);
    this.#tools = { runner, lane, bench, measurer, keeper, recorder };
    this.#combiner = new Combiner(ops, bench, recorder);
    this.#frame = new Frame(context, input, this.#tools, this.#combiner);
  }

  /** True while a stretch waits to be run. */
  get waits(): boolean {
    return this.#stretch.until > this.#stretch.from;
  }

  /** Looks before anything is computed at a position. */
  async look(at: number, indicators: readonly Indicator[]): Promise<Measured> {
    const { measurer } = this.#tools;
    if (at === SAMPLE) {
      await this.#frame.openSample();
      return this.#frame.measure(indicators, at);
    }
    // What is looked at first comes in one go with entering, where the runner can do that.
    const pass = await this.#enter(at === 0 ? lookRequests(indicators, 0) : []);
    await this.flush();
    return measurer.look(pass, at, indicators);
  }

  /** Computes from a position; at once if something is to be measured, else when it must. */
  async compute(site: number, { until, keep, measure, products = [] }: ComputeDecision): Promise<Measured> {
    const { measurer, keeper } = this.#tools;
    const { length } = this.#context.stream;
    measurer.commit();
    keeper.want(keep);
    const startsAtSample = keep.some(({ from }) => from === SAMPLE) || measure.some(looksAtSample);
    if (site === SAMPLE && startsAtSample) {
      await this.#frame.openSample();
      // Where a look has opened the sample before, the entries that start there have not seen it.
      await this.#frame.collectAt(SAMPLE);
    }
    this.#stretch.until = Math.max(this.#stretch.until, Math.min(until, length));
    if (until > length) return this.#computeOut(measure, products);
    return measure.length + products.length > 0 ? this.#run({ measure, products }) : {};
  }

  /** What a reuse would combine, or why it cannot. */
  async find(site: number, decision: ReuseDecision): Promise<FoundTerms<Feature>> {
    await (site === SAMPLE ? this.#frame.openSample() : this.#enter());
    const { until, form, slot } = decision;
    const { lane, bench } = this.#tools;
    return findTerms(decision, { from: site, until, form, ...(slot && { slot }) }, lane, bench.shapeAt(site));
  }

  /** Puts what was found in the place of a span. */
  async reuse(
    site: number,
    { form, until, measure = [] }: ReuseDecision,
    terms: Extract<FoundTerms<Feature>, { terms: unknown }>['terms'],
  ): Promise<Measured> {
    const { measurer, bench, recorder } = this.#tools;
    measurer.drop();
    if (form === 'value') {
      this.#stretch.values.set(site, await recorder.time('reuse', () => this.#combiner.combine(terms)));
      this.#stretch.until = until;
      return measure.length > 0 ? this.#run({ measure, products: [] }) : {};
    }
    if (site === SAMPLE) this.#output = { value: await this.#frame.derive(form, terms) };
    else {
      await this.flush();
      await this.#frame.collectAt(site);
      const base = form === 'residual' ? bench.x : undefined;
      bench.advance(await recorder.time('reuse', () => this.#combiner.combine(terms, base)));
      this.#stretch = openStretch(until);
      await this.#frame.collectAt(until);
    }
    return {};
  }

  /** Runs what waits, and leaves the model unless that was done. */
  async finish(): Promise<Output> {
    return (this.#output ?? (await this.#leave())).value;
  }

  /** Frees everything but the cache. */
  close(): void {
    try {
      this.#tools.bench.clear();
    } finally {
      this.#pass?.release?.();
    }
  }

  async #enter(look: readonly TapRequest[] = []): Promise<Pass<Feature, Output>> {
    if (this.#pass) return this.#pass;
    const { runner, recorder } = this.#context;
    this.#throwIfAborted('before');
    const info = look.length > 0 ? { ...this.#info, look } : this.#info;
    const pass = await recorder.time('frame', () => runner.enter(this.#input, info));
    this.#pass = pass;
    this.#tools.bench.open(pass, runner.ops);
    this.#tools.measurer.bring(pass.looked);
    return pass;
  }

  /** Runs what waits. */
  async flush(): Promise<void> {
    if (this.waits) await this.#run({ measure: [], products: [] });
  }

  async #run(wanted: Wanted): Promise<Measured> {
    const pass = await this.#enter();
    const stretch = this.#stretch;
    this.#stretch = openStretch(stretch.until);
    return runStretch(this.#tools, pass, stretch, wanted);
  }

  /** Computes the rest of the pass, out to the model's output. */
  async #computeOut(measure: readonly Indicator[], products: readonly Entry[]): Promise<Measured> {
    const frame = measure.filter(({ tap }) => isFrameTap(tap, this.#context.stream.length));
    const inside = measure.filter((indicator) => !frame.includes(indicator));
    const measured = this.waits
      ? await this.#run({ measure: inside, products })
      : await this.#measureHere(inside);
    await this.#leave(frame.length > 0);
    return { ...measured, ...(await this.#frame.measure(frame, Infinity)) };
  }

  /** Indicators at the end of the stream when everything before it has run. */
  async #measureHere(indicators: readonly Indicator[]): Promise<Measured> {
    if (indicators.length === 0) return {};
    return this.#tools.measurer.look(await this.#enter(), this.#context.stream.length, indicators);
  }

  async #leave(measured = false): Promise<{ readonly value: Output }> {
    const { stream, recorder } = this.#context;
    const pass = await this.#enter();
    await this.flush();
    this.#tools.measurer.commit();
    this.#throwIfAborted('at');
    const value = await recorder.time('frame', () => pass.exit(this.#tools.bench.x));
    this.#output = { value };
    if (measured || this.#tools.keeper.wants(outputOf(stream.length))) await this.#frame.openOutput(value);
    return this.#output;
  }

  #throwIfAborted(when: 'before' | 'at'): void {
    const { signal } = this.#context.options;
    if (signal?.aborted) throw abortError(signal, `${when} step ${this.#info.step}`);
  }
}

function looksAtSample({ tap }: Indicator): boolean {
  return tap.of === 'stream' && tap.at === SAMPLE;
}
