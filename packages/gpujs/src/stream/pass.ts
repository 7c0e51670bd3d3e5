import type { Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import { GpuJsError } from '../errors.ts';
import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { breathing } from './breath.ts';
import type { StreamLink, StreamModel } from './model.ts';
import { TapCollection, tapText } from './taps.ts';

/** One pass of a model on a device. Features stay there; only the output is read. */
export class StreamPass<Input, Context, Output> implements Pass<DeviceTensor, Output> {
  /** The stream at position 0. */
  readonly x: DeviceTensor;
  readonly #model: StreamModel<Input, Context, Output>;
  readonly #context: Context;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param model - whose links are run
   * @param entered - the stream at position 0, and what links read
   * @param signal - stops a stretch between two links
   */
  constructor(
    model: StreamModel<Input, Context, Output>,
    entered: { readonly x: DeviceTensor; readonly context: Context },
    signal?: AbortSignal,
  ) {
    this.x = entered.x;
    this.#model = model;
    this.#context = entered.context;
    this.#signal = signal;
  }

  /** Runs a stretch of the stream. Value and gate are always two kernels, so that any division gives the same bits. */
  async span(request: SpanRequest<DeviceTensor>): Promise<SpanResult<DeviceTensor>> {
    const { from, until, values, taps } = request;
    this.#requireStretch(from, until, taps);
    const collection = new TapCollection(taps);
    const breathe = breathing();
    let x = request.x.share();
    try {
      await collection.takeConditioning((name) => this.#conditioning(name));
      for (let at = from; at < until; at++) {
        await breathe();
        this.#signal?.throwIfAborted();
        await collection.take('stream', at, x);
        const next = await this.#runLink(at, x, values.get(at), collection);
        x.dispose();
        x = next;
      }
      await collection.take('stream', until, x);
      return { x, taps: collection.list() };
    } catch (thrown) {
      x.dispose();
      collection.dispose();
      throw thrown;
    }
  }

  /** Modulated and conditioning taps at a position, without computing further. */
  async look(at: number, x: DeviceTensor, taps: readonly TapRequest[]): Promise<readonly DeviceTensor[]> {
    this.#requireStretch(at, at + 1, taps);
    const collection = new TapCollection(taps);
    try {
      await collection.takeConditioning((name) => this.#conditioning(name));
      if (collection.wants('modulated', at))
        await scratch(async (own) => {
          const prepared = own(await this.#prepare(this.#link(at), x));
          await collection.take('modulated', at, own(await this.#modulated(this.#link(at), prepared)));
        });
      return collection.list();
    } catch (thrown) {
      collection.dispose();
      throw thrown;
    }
  }

  /** Final norm and projection, read back. */
  exit(x: DeviceTensor): Promise<Output> {
    return this.#model.exit(x, this.#context);
  }

  /** Frees the conditioning. */
  release(): void {
    this.#model.release(this.#context);
  }

  #runLink(
    at: number,
    x: DeviceTensor,
    given: DeviceTensor | undefined,
    taps: TapCollection,
  ): Promise<DeviceTensor> {
    const link = this.#link(at);
    return scratch(async (own) => {
      const prepared = own(await this.#prepare(link, x));
      let value = given;
      if (!given || taps.wants('modulated', at)) {
        const modulated = own(await this.#modulated(link, prepared));
        await taps.take('modulated', at, modulated);
        value ??= own(await link.compute(modulated, this.#context));
      }
      if (!value) throw new TypeError('a value is given or computed');
      await taps.take('value', at, value);
      return link.apply(prepared, value, this.#context);
    });
  }

  async #prepare(link: StreamLink<Context>, x: DeviceTensor): Promise<DeviceTensor> {
    return link.prepare ? link.prepare(x, this.#context) : x.share();
  }

  async #modulated(link: StreamLink<Context>, x: DeviceTensor): Promise<DeviceTensor> {
    return link.modulated ? link.modulated(x, this.#context) : x.share();
  }

  #conditioning(name: string): DeviceTensor {
    if (this.#model.conditioning.includes(name)) return this.#model.conditioningOf(this.#context, name);
    throw this.#invalid(
      `a conditioning out of ${this.#model.conditioning.join(', ') || 'none'}, got "${name}"`,
    );
  }

  #link(at: number): StreamLink<Context> {
    const link = this.#model.links[at];
    if (link) return link;
    throw this.#invalid(`a position from 0 to ${this.#model.links.length - 1}, got ${at}`);
  }

  #requireStretch(from: number, until: number, taps: readonly TapRequest[]): void {
    const { length } = this.#model.links;
    const whole = Number.isInteger(from) && Number.isInteger(until);
    if (!whole || from < 0 || from >= until || until > length)
      throw this.#invalid(`a stretch between 0 and ${length}, got ${from} to ${until}`);
    for (const { tap } of taps) {
      if (tap.of === 'conditioning') continue;
      const last = tap.of === 'stream' ? until : until - 1;
      if (!(Number.isInteger(tap.at) && tap.at >= from && tap.at <= last))
        throw this.#invalid(`a tap between ${from} and ${last}, got ${tapText(tap)}`);
    }
  }

  #invalid(expected: string): GpuJsError {
    return new GpuJsError('SPAN_INVALID', `${this.#model.name}: expected ${expected}`);
  }
}
