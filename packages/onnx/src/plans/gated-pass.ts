import type { Float32Tensor, Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import type { ModelCut } from '../cut/cut-model.ts';
import type { OnnxFeature } from '../feature/feature.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import type { SessionPool } from '../sessions/pool.ts';
import { float32FromRuntime, toRuntime } from '../tensor.ts';
import { DeviceFeature, featureOf } from './device-feature.ts';
import { startLazyPass, type LazyPass } from './lazy-pass.ts';
import type { PlannedGate } from './gate-of.ts';
import { GatePoint, GatedEnd, keptOf, ReusedStream } from './gate-features.ts';
import { loaded, PendingFeature, signatureOf } from './pending-feature.ts';
import { tappedNames, type GatedCall, type GateForm, type WholeSessions } from './whole-sessions.ts';

/**
 * Starts a pass whose blocks stand in a gate.
 *
 * @param whole - the sessions of the plan
 * @param gate - the blocks inside it
 * @param inputs - of the model, by name
 * @param look - taps at position 0, which are computed at once
 */
export async function startGatedPass(
  whole: WholeSessions,
  gate: PlannedGate,
  inputs: NamedTensors,
  look: readonly TapRequest[] = [],
): Promise<GatedPass> {
  return new GatedPass(whole, gate, inputs, await startLazyPass(whole, inputs, look));
}

/**
 * A pass that goes through the gated session where it can: from the inputs, or from where the gate starts, to the output,
 * whether the blocks in between are computed or taken from what was cached. Everything else it does without the gate.
 */
export class GatedPass implements Pass<OnnxFeature, Float32Tensor> {
  /** The stream at position 0. */
  readonly x: OnnxFeature;
  /** What was looked at first. */
  readonly looked?: readonly OnnxFeature[];
  readonly #whole: WholeSessions;
  readonly #gate: PlannedGate;
  readonly #inputs: NamedTensors;
  readonly #plain: LazyPass;
  /** Streams at the gate, which features that are added to them later still need. */
  readonly #onDevice: DeviceFeature[] = [];
  #finished: { readonly x: OnnxFeature; readonly output: Float32Tensor } | undefined;

  /**
   * @param whole - the sessions of the plan
   * @param gate - the blocks inside it
   * @param inputs - of the model
   * @param plain - the same pass without its gate
   */
  constructor(whole: WholeSessions, gate: PlannedGate, inputs: NamedTensors, plain: LazyPass) {
    this.#whole = whole;
    this.#gate = gate;
    this.#inputs = inputs;
    this.#plain = plain;
    this.x = this.#gate.from === 0 ? new GatePoint(plain.x) : plain.x;
    if (plain.looked) this.looked = plain.looked;
  }

  /** Runs a stretch of the stream. */
  async span(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    this.#pool.requireOpen();
    const { from, until, x, values } = request;
    const finishes = until === this.#end && values.size === 0;
    if (finishes && from === this.#gate.until && x instanceof ReusedStream && !x.loaded)
      return this.#behind(request, x);
    if (finishes && from === this.#gate.from && x instanceof GatePoint) return this.#through(request, x);
    if (finishes && from < this.#gate.from && x === this.x) return this.#upAndThrough(request);
    const { x: end, taps } = await this.#plain.span({ ...request, x: this.#plainly(x) });
    const isPoint = until === this.#gate.from && from < until;
    return { x: isPoint ? this.#pointAt(end) : end, taps };
  }

  /** Looks at taps at a position. */
  async look(at: number, x: OnnxFeature, taps: readonly TapRequest[]): Promise<readonly OnnxFeature[]> {
    return this.#plain.look(at, this.#plainly(x), taps);
  }

  /** The output: what a stretch has brought along, or what the gated session makes of what was cached. */
  async exit(x: OnnxFeature): Promise<Float32Tensor> {
    this.#pool.requireOpen();
    if (this.#finished?.x === x) return this.#finished.output;
    if (this.#isLast && x instanceof ReusedStream && !x.loaded)
      return this.#outputOf(await this.#reuse('residual', x.cached, x.start));
    if (this.#isLast && this.#gate.form === 'output' && isAtHand(x))
      return this.#outputOf(await this.#reuse('output', x));
    return this.#plain.exit(this.#plainly(x));
  }

  /** Lets go of the conditioning. */
  release(): void {
    this.#finished = undefined;
    for (const feature of this.#onDevice.splice(0)) feature.dispose();
    this.#plain.release();
  }

  get #pool(): SessionPool {
    return this.#whole.parts.pool;
  }

  get #cut(): ModelCut {
    return this.#whole.parts.cut;
  }

  /** The end of the stream. */
  get #end(): number {
    return this.#cut.positions.length - 1;
  }

  /** Whether the gate ends where the stream ends. */
  get #isLast(): boolean {
    return this.#gate.until === this.#end;
  }

  #pointAt(stream: OnnxFeature): GatePoint {
    if (stream instanceof DeviceFeature) this.#onDevice.push(stream);
    return new GatePoint(stream);
  }

  #plainly(x: OnnxFeature): OnnxFeature {
    return x instanceof GatePoint ? x.feature : x;
  }

  /** The front, and from there through the gate. */
  async #upAndThrough(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { from: start } = this.#gate;
    const isBefore = ({ tap }: TapRequest): boolean =>
      tap.of !== 'conditioning' && (tap.of === 'stream' ? tap.at <= start : tap.at < start);
    const isPoint = (tap: TapRequest): boolean => isWholeStream(tap, start);
    const early = request.taps.filter((tap) => isBefore(tap) && !isPoint(tap));
    const late = request.taps.filter((tap) => !isBefore(tap));
    const { from: fromLooked = true, until: endLooked = true } = request.ends ?? {};
    const front = await this.#plain.span({
      ...request,
      until: start,
      x: this.#plainly(request.x),
      taps: early,
      ends: { from: fromLooked, until: true },
    });
    const point = this.#pointAt(front.x);
    const ends = { from: request.taps.some(isPoint), until: endLooked };
    const rest = await this.#through({ ...request, from: start, x: point, taps: late, ends }, point);
    const [before, behind] = [[...front.taps], [...rest.taps]];
    const taps = request.taps.map((tap) =>
      isPoint(tap) ? point.again() : ((isBefore(tap) ? before : behind).shift() as OnnxFeature),
    );
    return { x: rest.x, taps };
  }

  /** Through the gate, computing. */
  async #through(
    { taps, ends }: SpanRequest<OnnxFeature>,
    point: GatePoint,
  ): Promise<SpanResult<OnnxFeature>> {
    const { until } = this.#gate;
    const isEnd = (tap: TapRequest): boolean => isWholeStream(tap, until);
    const keep = this.#isLast ? ends?.until !== false : taps.some(isEnd);
    const form = keep && ends?.from === false ? 'output' : keep ? 'residual' : this.#gate.form;
    const inside = taps.filter((tap) => !isEnd(tap));
    const outputs = await this.#run(point, { form, keep, taps: inside });
    const kept = keep ? keptOf(this.#pool, this.#cut.positions[until] ?? [], outputs) : undefined;
    const end = kept && form === 'output' ? kept : kept ? new GatedEnd(point, kept) : this.#unseen(point);
    const x = this.#isLast ? end : this.#unseen(point);
    const looked = this.#lookedAt(inside, outputs);
    const found = taps.map((tap) => (isEnd(tap) ? end : (looked.shift() as OnnxFeature)));
    return this.#finish(x, outputs, found);
  }

  /** What lies behind the gate, whose blocks are reused. */
  async #behind({ taps }: SpanRequest<OnnxFeature>, x: ReusedStream): Promise<SpanResult<OnnxFeature>> {
    const outputs = await this.#reuse('residual', x.cached, x.start, taps);
    return this.#finish(this.#unseen(x.start, x), outputs, this.#lookedAt(taps, outputs));
  }

  #lookedAt(taps: readonly TapRequest[], outputs: NamedTensors): OnnxFeature[] {
    return taps.map((tap) => featureOf(this.#pool, tappedNames(this.#cut, tap), outputs));
  }

  #reuse(
    form: GateForm,
    feature: OnnxFeature,
    point?: GatePoint,
    taps: readonly TapRequest[] = [],
  ): Promise<NamedTensors> {
    const cached =
      feature instanceof DeviceFeature
        ? feature.device
        : feature.tensors.map((tensor) => toRuntime(this.#pool.runtime, tensor));
    return this.#run(point, { form, cached, taps });
  }

  async #run(point: GatePoint | undefined, call: GatedCall): Promise<NamedTensors> {
    if (!this.#whole.startsAtGate) return this.#whole.runGate(this.#inputs, call);
    const { from } = this.#gate;
    const inner = await this.#plain.enter();
    const start = point ?? this.x;
    const x = start instanceof PendingFeature ? await start.near() : start;
    return this.#whole.runGate(inner.givenAt(from, x), call);
  }

  #finish(x: OnnxFeature, outputs: NamedTensors, taps: readonly OnnxFeature[]): SpanResult<OnnxFeature> {
    this.#finished = { x, output: this.#outputOf(outputs) };
    return { x, taps };
  }

  #outputOf(outputs: NamedTensors): Float32Tensor {
    const { output } = this.#cut;
    return float32FromRuntime(output, outputs.get(output));
  }

  /** The end of the stream, which nobody has said that he would look at; computed again if he does. */
  #unseen(point: GatePoint, x?: ReusedStream): PendingFeature {
    const { from, until } = this.#gate;
    const length = this.#end;
    const [start, at] = x ? [x, until] : [point, from];
    return new PendingFeature({
      signature: signatureOf(point),
      load: async () => {
        const inner = await this.#plain.enter();
        const span = { from: at, until: length, x: await loaded(start), values: new Map(), taps: [] };
        return (await inner.span(span)).x;
      },
    });
  }
}

/** Whether a tap is the stream at a position, as a whole. */
function isWholeStream({ tap, stride }: TapRequest, at: number): boolean {
  return tap.of === 'stream' && tap.at === at && stride === undefined;
}

/** Whether a feature is there to be given to a session. */
function isAtHand(x: OnnxFeature): boolean {
  return x instanceof DeviceFeature || !(x instanceof PendingFeature);
}
