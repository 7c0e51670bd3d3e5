import type { Float32Tensor, Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import { OnnxError } from '../errors.ts';
import type { OnnxFeature } from '../feature/feature.ts';
import { onnxFeatureOps } from '../feature/operations.ts';
import { collectTaps, passFrom, resultOf, startPass, type OnnxPass } from '../pass.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import { float32FromRuntime, floatFromRuntime, toRuntime } from '../tensor.ts';
import { KEPT } from './gated-graph.ts';
import { loaded, PendingFeature } from './pending-feature.ts';
import { tappedNames, type WholeSessions } from './whole-sessions.ts';

/**
 * Starts a pass that runs nothing yet: a stretch from its beginning will start at the inputs.
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
  const { parts } = whole;
  parts.pool.requireOpen();
  if (look.length === 0) return new LazyPass(whole, inputs);
  const part = parts.planLook(0, look);
  const outputs = await whole.run({ part, fromInputs: true, wanted: [] }, inputs);
  return new LazyPass(whole, inputs, collectTaps(part, outputs, outputs));
}

/** The stream at its end, as it will be once the gate has added what was cached. */
class ReusedStream extends PendingFeature {
  readonly cached: OnnxFeature;

  constructor(start: PendingFeature, cached: OnnxFeature) {
    super({
      signature: start.signature,
      load: async () =>
        onnxFeatureOps.combine([
          { weight: 1, feature: await start.load() },
          { weight: 1, feature: cached },
        ]),
    });
    this.cached = cached;
  }
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
   * @param looked - what was looked at first
   */
  constructor(whole: WholeSessions, inputs: NamedTensors, looked?: readonly OnnxFeature[]) {
    this.#whole = whole;
    this.#inputs = inputs;
    if (looked) this.looked = looked;
    const signature = [...inputs].map(([name, { dims }]) => `${name}[${dims.join()}]`).join(' ');
    this.x = new PendingFeature({
      signature: `stream of ${signature}`,
      load: async () => (await this.#enter()).x,
      plus: (cached) =>
        whole.gates && whole.form === 'residual' ? new ReusedStream(this.x, cached) : undefined,
    });
  }

  /** Runs a stretch of the stream. */
  async span(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { cut } = this.#whole.parts;
    this.#whole.parts.pool.requireOpen();
    const { from, until, x, values } = request;
    const isWhole = from === 0 && x === this.x && until === cut.positions.length - 1;
    if (isWhole && this.#whole.gates && values.size === 0) return this.#throughGate(request);
    if (from === 0 && x === this.x && !this.#entered) return this.#fromInputs(request);
    return this.#onward(request);
  }

  /** Looks at taps at a position. */
  async look(at: number, x: OnnxFeature, taps: readonly TapRequest[]): Promise<readonly OnnxFeature[]> {
    return (await this.#enter()).look(at, await loaded(x), taps);
  }

  /** The output: what a stretch has brought along, or by the part behind the blocks. */
  async exit(x: OnnxFeature): Promise<Float32Tensor> {
    if (this.#finished?.x === x) return this.#finished.output;
    const { gates, form, parts } = this.#whole;
    if (gates && x instanceof ReusedStream && !x.loaded) return this.#reuse(x.cached);
    if (gates && form === 'output' && !(x instanceof PendingFeature)) return this.#reuse(x);
    parts.pool.requireOpen();
    return (await this.#enter()).exit(await loaded(x));
  }

  /** Lets go of the conditioning. */
  release(): void {
    const entered = this.#entered;
    this.#entered = undefined;
    this.#finished = undefined;
    entered?.then((pass) => pass.release()).catch(() => {});
  }

  #enter(): Promise<OnnxPass> {
    this.#entered ??= startPass(this.#whole.parts, this.#inputs);
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
    if (keepsStart) this.x.settle(featureOf(part.stream, outputs));
    if (!finishes) this.#entered = Promise.resolve(passFrom(this.#whole.parts, this.#inputs, outputs));
    const x = keepsEnd ? featureOf(part.result ?? [], outputs) : this.#unseenEnd(request);
    if (finishes) this.#finished = { x, output: float32FromRuntime(cut.output, outputs.get(cut.output)) };
    return { x, taps: collectTaps(part, outputs, outputs) };
  }

  /** From a position of the stream; one session to the output if the stretch goes to the end. */
  async #onward(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { parts } = this.#whole;
    const { cut } = parts;
    const { from, until, taps, ends, values } = request;
    const inner = await this.#enter();
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

  /** The whole model through its gate, computing. */
  async #throughGate({ taps, ends }: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const whole = this.#whole;
    const { cut } = whole.parts;
    const keep = ends?.until !== false;
    if (keep) whole.form = ends?.from === false ? 'output' : 'residual';
    const outputs = await whole.gate(this.#inputs, { form: whole.form, keep, taps });
    const kept = keep ? keptOf(cut.positions.at(-1) ?? [], outputs) : undefined;
    const x = kept && whole.form === 'output' ? kept : this.#gatedEnd(kept);
    this.#finished = { x, output: float32FromRuntime(cut.output, outputs.get(cut.output)) };
    return { x, taps: taps.map((tap) => featureOf(tappedNames(cut, tap), outputs)) };
  }

  async #reuse(cached: OnnxFeature): Promise<Float32Tensor> {
    const { parts, form } = this.#whole;
    parts.pool.requireOpen();
    const given = cached.tensors.map((tensor) => toRuntime(parts.pool.runtime, tensor));
    const outputs = await this.#whole.gate(this.#inputs, { form, given });
    return float32FromRuntime(parts.cut.output, outputs.get(parts.cut.output));
  }

  /** The end of the stream behind a gate, of which the difference to the start has come out. */
  #gatedEnd(residual: OnnxFeature | undefined): PendingFeature {
    const { length } = this.#whole.parts.cut.inner;
    if (!residual) return this.#unseenEnd({ from: 0, until: length, x: this.x, values: new Map(), taps: [] });
    return new PendingFeature({
      signature: this.x.signature,
      minus: (subtrahend) => (subtrahend === this.x ? residual : undefined),
      load: async () =>
        onnxFeatureOps.combine([
          { weight: 1, feature: await this.x.load() },
          { weight: 1, feature: residual },
        ]),
    });
  }

  /** The end of the stream, which nobody has said that he would look at; computed again if he does. */
  #unseenEnd(request: SpanRequest<OnnxFeature>): PendingFeature {
    return new PendingFeature({
      signature: this.x.signature,
      load: async () => {
        const x = await loaded(request.x);
        return (await (await this.#enter()).span({ ...request, x, taps: [] })).x;
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

function featureOf(names: readonly string[], outputs: NamedTensors): OnnxFeature {
  return { tensors: names.map((name) => floatFromRuntime(name, outputs.get(name))) };
}

/** What a gate has kept: an empty tensor stands for one that was not finite, which the executor must see. */
function keptOf(like: readonly string[], outputs: NamedTensors): OnnxFeature {
  const tensors = like.map((_, index) => {
    const tensor = floatFromRuntime(`${KEPT}${index}`, outputs.get(`${KEPT}${index}`));
    return tensor.data.length > 0 ? tensor : { data: Float32Array.of(Number.NaN), dims: [1] };
  });
  return { tensors };
}
