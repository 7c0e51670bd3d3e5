import type { Float32Tensor, Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import { OnnxError } from '../errors.ts';
import type { OnnxFeature } from '../feature/feature.ts';
import { collectTaps, passFrom, resultOf, type OnnxPass } from '../pass.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import { float32FromRuntime, toRuntime } from '../tensor.ts';
import { featureOf } from './device-feature.ts';
import { loaded, PendingFeature } from './pending-feature.ts';
import type { WholeSessions } from './whole-sessions.ts';

/**
 * Starts a pass that runs nothing yet: a stretch from its beginning will start at the inputs, unless something is looked at
 * before it, which takes the part before the blocks along.
 *
 * @param whole - the sessions of the plan
 * @param inputs - of the model, by name
 * @param look - taps at position 0, which are computed at once
 */
export async function startLazyPass(
  whole: WholeSessions,
  inputs: NamedTensors,
  look: readonly TapRequest[] = [],
): Promise<LazyPass> {
  whole.parts.pool.requireOpen();
  return new LazyPass(whole, inputs, look.length > 0 ? await enter(whole, inputs, look) : undefined);
}

async function enter(
  whole: WholeSessions,
  inputs: NamedTensors,
  look: readonly TapRequest[],
): Promise<OnnxPass> {
  const part = whole.parts.planLook(0, look);
  return passFrom(whole.parts, inputs, await whole.enter(inputs, part), part);
}

/** A pass whose stretches begin at the inputs and end at the output where they can, in one session each. */
export class LazyPass implements Pass<OnnxFeature, Float32Tensor> {
  /** The stream at position 0; inside the runtime until somebody looks at it. */
  readonly x: PendingFeature;
  /** What was looked at first. */
  readonly looked?: readonly OnnxFeature[];
  readonly #whole: WholeSessions;
  readonly #inputs: NamedTensors;
  #entered: Promise<OnnxPass> | undefined;
  #finished: { readonly x: OnnxFeature; readonly output: Float32Tensor } | undefined;

  /**
   * @param whole - the sessions of the plan
   * @param inputs - of the model
   * @param entered - the part before the blocks, where it has run
   */
  constructor(whole: WholeSessions, inputs: NamedTensors, entered?: OnnxPass) {
    this.#whole = whole;
    this.#inputs = inputs;
    if (entered) this.#entered = Promise.resolve(entered);
    if (entered?.looked) this.looked = entered.looked;
    const signature = [...inputs].map(([name, { dims }]) => `${name}[${dims.join()}]`).join(' ');
    this.x = new PendingFeature({
      signature: `stream of ${signature}`,
      load: async () => (await this.enter()).x,
    });
  }

  /** Runs a stretch of the stream. */
  async span(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    this.#whole.parts.pool.requireOpen();
    const { from, x } = request;
    if (from === 0 && x === this.x && !this.#entered) return this.#fromInputs(request);
    return this.#onward(request);
  }

  /** Looks at taps at a position. */
  async look(at: number, x: OnnxFeature, taps: readonly TapRequest[]): Promise<readonly OnnxFeature[]> {
    return (await this.enter()).look(at, await loaded(x), taps);
  }

  /** The output: what a stretch has brought along, or by the part behind the blocks. */
  async exit(x: OnnxFeature): Promise<Float32Tensor> {
    if (this.#finished?.x === x) return this.#finished.output;
    this.#whole.parts.pool.requireOpen();
    return (await this.enter()).exit(await loaded(x));
  }

  /** Lets go of the conditioning. */
  release(): void {
    const entered = this.#entered;
    this.#entered = undefined;
    this.#finished = undefined;
    entered?.then((pass) => pass.release()).catch(() => {});
  }

  /** The pass from its first part on, which is run now unless it was before. */
  enter(): Promise<OnnxPass> {
    this.#entered ??= enter(this.#whole, this.#inputs, []);
    return this.#entered;
  }

  /** One session from the inputs; to the output if the stretch goes to the end of the stream. */
  async #fromInputs(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { parts } = this.#whole;
    const { cut, carried } = parts;
    const { until, values, taps, ends } = request;
    const part = parts.plan({ from: 0, until, values: [...values.keys()], taps });
    const finishes = until === cut.positions.length - 1;
    const keepsEnd = !finishes || ends?.until !== false;
    const keepsStart = ends?.from !== false || !finishes;
    const wanted = [
      ...(finishes ? [cut.output] : carried),
      ...(keepsStart ? part.stream : []),
      ...(keepsEnd ? (part.result ?? []) : []),
    ];
    const outputs = await this.#whole.run(
      { part, fromInputs: true, wanted },
      this.#withValues(this.#inputs, request, part.values),
    );
    if (keepsStart) this.x.settle(featureOf(parts.pool, part.stream, outputs));
    if (!finishes) this.#entered = Promise.resolve(passFrom(this.#whole.parts, this.#inputs, outputs));
    const x = keepsEnd ? featureOf(parts.pool, part.result ?? [], outputs) : this.#unseenEnd(request);
    if (finishes) this.#finished = { x, output: float32FromRuntime(cut.output, outputs.get(cut.output)) };
    return { x, taps: collectTaps(part, outputs, outputs) };
  }

  /** From a position of the stream; one session to the output if the stretch goes to the end. */
  async #onward(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { parts } = this.#whole;
    const { cut } = parts;
    const { from, until, taps, ends, values } = request;
    const inner = await this.enter();
    const x = await loaded(request.x);
    if (until < cut.positions.length - 1) return inner.span({ ...request, x });
    const part = parts.plan({ from, until, values: [...values.keys()], taps });
    const keepsEnd = ends?.until !== false;
    const given = this.#withValues(inner.givenAt(from, x), request, part.values);
    const wanted = [cut.output, ...(keepsEnd ? (part.result ?? []) : [])];
    const outputs = await this.#whole.run({ part, fromInputs: false, wanted }, given);
    const end = keepsEnd ? resultOf(part, x, outputs) : this.#unseenEnd({ ...request, x });
    this.#finished = { x: end, output: float32FromRuntime(cut.output, outputs.get(cut.output)) };
    return { x: end, taps: collectTaps(part, outputs, given) };
  }

  /** The end of the stream, which nobody has said that he would look at; computed again if he does. */
  #unseenEnd(request: SpanRequest<OnnxFeature>): PendingFeature {
    return new PendingFeature({
      signature: this.x.signature,
      load: async () => {
        const x = await loaded(request.x);
        return (await (await this.enter()).span({ ...request, x, taps: [] })).x;
      },
    });
  }

  #withValues(
    given: NamedTensors,
    { values }: SpanRequest<OnnxFeature>,
    names: ReadonlyMap<number, readonly string[]>,
  ): NamedTensors {
    const all = new Map(given);
    for (const [at, feature] of values)
      for (const [nth, tensor] of feature.tensors.entries()) {
        const name = names.get(at)?.[nth];
        if (name === undefined)
          throw new OnnxError('SPAN_INVALID', `a value for the site at ${at} has too many tensors`);
        all.set(name, toRuntime(this.#whole.parts.pool.runtime, tensor));
      }
    return all;
  }
}
