import type {
  BlockRunner,
  MaybePromise,
  Pass,
  PassInfo,
  SpanRequest,
  SpanResult,
  TapRequest,
} from '@refrain/core';
import { Ledger, sketchOf, trackedOps, type Tracked } from './ledger.ts';
import { exactModel, lengthOf, sitesOf, type ToyModel } from './model.ts';

/** How a tracked runner behaves, and misbehaves. */
export interface TrackedOptions {
  readonly model?: Partial<ToyModel>;
  /** Takes sketches itself. */
  readonly sketches?: boolean;
  /** Its operations answer with promises. */
  readonly asynchronous?: boolean;
  /** `combine` may return its input. */
  readonly echoes?: boolean;
  /** It cannot tell whether a feature is finite. */
  readonly blind?: boolean;
  /** It looks while it enters, where it is told at what. */
  readonly early?: boolean;
  /** It has no `look`. */
  readonly lookless?: boolean;
  /** Called before everything it does; may throw, wait, or abort something. */
  readonly before?: (call: string, at: PassInfo | undefined) => MaybePromise<void>;
  /** Changes the result of a span. */
  readonly tamper?: (
    result: SpanResult<Tracked>,
    request: SpanRequest<Tracked>,
    at: PassInfo,
    ledger: Ledger,
  ) => unknown;
}

/** A runner whose features are counted, on a toy model of exact numbers. */
export interface TrackedRunner extends BlockRunner<number, Tracked, readonly number[]> {
  readonly ledger: Ledger;
  readonly toy: ToyModel;
  readonly length: number;
}

/** Makes a tracked runner. */
export function trackedRunner(options: TrackedOptions = {}): TrackedRunner {
  const toy: ToyModel = { ...exactModel, ...options.model };
  const ledger = new Ledger();
  const { sketches, asynchronous, echoes, blind, before } = options;
  return {
    name: 'tracked',
    sites: sitesOf(toy),
    conditioning: ['timestep-embedding'],
    ...(sketches !== undefined && { sketches }),
    ops: trackedOps(ledger, {
      ...(asynchronous !== undefined && { asynchronous }),
      ...(echoes !== undefined && { echoes }),
      ...(blind !== undefined && { blind }),
      // Operations are told of by name only: they belong to no pass.
      ...(before && { before: (operation: string) => void before(operation, undefined) }),
    }),
    model: {
      sample: (input) => ledger.make(sampleOf(toy, input)),
      feature: (output) => ledger.make(output),
      output: (feature) => ledger.read(feature),
    },
    ledger,
    toy,
    length: lengthOf(toy),
    async enter(input, at) {
      await before?.('enter', at);
      const x = Array.from({ length: toy.width(at) }, (_, index) => toy.enter(input, index, at));
      ledger.openPasses += 1;
      const pass = new TrackedPass(ledger, toy, options, at, ledger.make(x));
      if (options.early && at.look) pass.looked = pass.glance(0, x, at.look);
      return pass;
    },
  };
}

/** As wide as the stream is at the first step: where it changes its width, there are no residuals of the model. */
function sampleOf(toy: ToyModel, input: number): number[] {
  const first: PassInfo = { step: 0, call: 0, branch: 'conditional', timestep: 0 };
  return Array.from({ length: toy.width(first) }, (_, index) => toy.enter(input, index, first));
}

class TrackedPass implements Pass<Tracked, readonly number[]> {
  readonly x: Tracked;
  looked?: readonly Tracked[];
  readonly look?: NonNullable<Pass<Tracked, readonly number[]>['look']>;
  readonly #ledger: Ledger;
  readonly #toy: ToyModel;
  readonly #options: TrackedOptions;
  readonly #at: PassInfo;
  #released = false;

  constructor(ledger: Ledger, toy: ToyModel, options: TrackedOptions, at: PassInfo, x: Tracked) {
    this.x = x;
    this.#ledger = ledger;
    this.#toy = toy;
    this.#options = options;
    this.#at = at;
    if (!options.lookless) this.look = (position, stream, taps) => this.#look(position, stream, taps);
  }

  async span(request: SpanRequest<Tracked>): Promise<SpanResult<Tracked>> {
    await this.#options.before?.('span', this.#at);
    this.#requireFair(request);
    const { from, until, values, taps } = request;
    const taken = new Map<TapRequest, readonly number[]>();
    let x = this.#ledger.read(request.x);
    const take = (of: 'stream' | 'modulated' | 'value', at: number, numbers: readonly number[]): void => {
      for (const wanted of taps) if (wanted.tap.of === of && wanted.tap.at === at) taken.set(wanted, numbers);
    };
    for (let site = from; site < until; site++) {
      take('stream', site, x);
      take(
        'modulated',
        site,
        x.map((value) => this.#toy.modulated(value, site, this.#at)),
      );
      const given = values.get(site);
      const value = given ? this.#ledger.read(given) : x.map((item) => this.#toy.value(item, site, this.#at));
      take('value', site, value);
      const gate = this.#toy.gate(site, this.#at);
      x = x.map((item, index) => item + gate * (value[index] ?? Number.NaN));
    }
    take('stream', until, x);
    const result = {
      x: this.#ledger.make(x),
      taps: taps.map((wanted) => this.#tapped(wanted, taken.get(wanted) ?? this.#condition())),
    };
    return (this.#options.tamper?.(result, request, this.#at, this.#ledger) ?? result) as SpanResult<Tracked>;
  }

  async exit(x: Tracked): Promise<readonly number[]> {
    await this.#options.before?.('exit', this.#at);
    return this.#ledger.read(x).map((value) => this.#toy.exit(value, this.#at));
  }

  release(): void {
    if (this.#released) throw new Error('tracked: a pass was released twice');
    this.#released = true;
    this.#ledger.openPasses -= 1;
  }

  async #look(at: number, x: Tracked, taps: readonly TapRequest[]): Promise<readonly Tracked[]> {
    await this.#options.before?.('look', this.#at);
    return this.glance(at, this.#ledger.read(x), taps);
  }

  glance(at: number, stream: readonly number[], taps: readonly TapRequest[]): readonly Tracked[] {
    return taps.map((wanted) => {
      const { tap } = wanted;
      if (tap.of === 'conditioning') return this.#tapped(wanted, this.#condition());
      if (tap.of !== 'modulated' || tap.at !== at)
        throw new Error(`tracked: cannot look at ${tap.of} ${tap.at}`);
      return this.#tapped(
        wanted,
        stream.map((value) => this.#toy.modulated(value, at, this.#at)),
      );
    });
  }

  #condition(): readonly number[] {
    return [0, 1, 2, 3].map((index) => this.#toy.condition(index, this.#at));
  }

  #tapped({ stride }: TapRequest, numbers: readonly number[]): Tracked {
    const whole = this.#ledger.make(numbers);
    if (stride === undefined || this.#options.sketches !== true) return whole;
    const sketch = sketchOf(this.#ledger, whole, stride);
    this.#ledger.dispose(whole);
    return sketch;
  }

  /** A runner may rely on it that nothing is asked for outside the stretch. */
  #requireFair({ from, until, values, taps }: SpanRequest<Tracked>): void {
    const inside = (at: number, last: number): boolean => Number.isInteger(at) && at >= from && at <= last;
    const places = taps.flatMap(({ tap }) => (tap.of === 'conditioning' ? [] : [{ at: tap.at, of: tap.of }]));
    const fair =
      inside(from, until - 1) &&
      until <= lengthOf(this.#toy) &&
      places.every(({ at, of }) => inside(at, of === 'stream' ? until : until - 1)) &&
      [...values.keys()].every((at) => this.#toy.modules.length > 0 && inside(at, until - 1));
    if (!fair) throw new Error(`tracked: an unfair request for ${from}–${until}`);
  }
}
