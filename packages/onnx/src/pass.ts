import type { Float32Tensor, Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import { OnnxError } from './errors.ts';
import { copyOfTensor, sampleOfTensor, type FloatTensor, type OnnxFeature } from './feature/feature.ts';
import type { ModelParts } from './parts.ts';
import { DeviceFeature, featureOf } from './plans/device-feature.ts';
import type { NamedTensors } from './sessions/part-session.ts';
import type { Delivery, Part } from './span/part.ts';
import { float32FromRuntime, floatFromRuntime, toRuntime } from './tensor.ts';

/**
 * Starts a pass: runs the part before the blocks.
 *
 * @param parts - of the model
 * @param inputs - of the model, by name
 * @param look - taps at position 0 to compute in the same session, which shares the conditioning with them
 */
export async function startPass(
  parts: ModelParts,
  inputs: NamedTensors,
  look: readonly TapRequest[] = [],
): Promise<OnnxPass> {
  parts.pool.requireOpen();
  const part = look.length > 0 ? parts.planLook(0, look) : undefined;
  const enter = await parts.openEnter(part);
  return passFrom(parts, inputs, await enter.run(inputs), part);
}

/**
 * A pass whose first part has run.
 *
 * @param parts - of the model
 * @param inputs - of the model, by name
 * @param outputs - what the first part gave
 * @param part - the look that was taken along
 */
export function passFrom(
  parts: ModelParts,
  inputs: NamedTensors,
  outputs: NamedTensors,
  part?: Part,
): OnnxPass {
  const { cut, carried } = parts;
  const held = new Map([...inputs].filter(([name]) => name !== cut.latent));
  for (const name of carried) {
    const tensor = outputs.get(name);
    if (tensor) held.set(name, tensor);
  }
  const x = featureOf(parts.pool, cut.positions[0] ?? [], outputs);
  return new OnnxPass(parts, x, held, part && collectTaps(part, outputs, held));
}

/** A pass from its first part on. */
export class OnnxPass implements Pass<OnnxFeature, Float32Tensor> {
  /** The stream at position 0. */
  readonly x: OnnxFeature;
  /** What was looked at while entering, where that was asked for. */
  readonly looked?: readonly OnnxFeature[];
  readonly #parts: ModelParts;
  readonly #held: Map<string, Tensor>;

  /**
   * @param parts - of the model
   * @param x - the stream at position 0
   * @param held - conditioning of this pass: inputs besides the latent and what the first part computed from them
   * @param looked - taps that came along with entering
   */
  constructor(parts: ModelParts, x: OnnxFeature, held: Map<string, Tensor>, looked?: readonly OnnxFeature[]) {
    if (looked) this.looked = looked;
    this.#parts = parts;
    this.#held = held;
    this.x = x;
  }

  /** Runs a stretch of the stream in one session, compiled on first use. */
  async span(request: SpanRequest<OnnxFeature>): Promise<SpanResult<OnnxFeature>> {
    const { from, until, x, values, taps } = request;
    const part = this.#parts.plan({ from, until, values: [...values.keys()], taps });
    const given = this.#given(part.stream, x);
    for (const [at, names] of part.values) {
      const value = values.get(at);
      if (value) this.#put(given, names, value);
    }
    const outputs = await this.#run(part, given);
    return { x: resultOf(part, x, outputs), taps: collectTaps(part, outputs, given) };
  }

  /** Looks at modulated or conditioning taps at a position. */
  async look(at: number, x: OnnxFeature, taps: readonly TapRequest[]): Promise<readonly OnnxFeature[]> {
    const part = this.#parts.planLook(at, taps);
    const given = this.#given(part.stream, x);
    return collectTaps(part, await this.#run(part, given), given);
  }

  /** Runs the part behind the blocks. */
  async exit(x: OnnxFeature): Promise<Float32Tensor> {
    const { cut } = this.#parts;
    const session = await this.#parts.openExit();
    const outputs = await session.run(this.#given(cut.positions.at(-1) ?? [], x));
    return float32FromRuntime(cut.output, outputs.get(cut.output));
  }

  /** Lets go of the conditioning. */
  release(): void {
    for (const name of this.#parts.carried) {
      const tensor = this.#held.get(name);
      if (tensor?.location === 'gpu-buffer') tensor.dispose();
    }
    this.#held.clear();
    if (this.x instanceof DeviceFeature) this.x.dispose();
  }

  /** Everything that a part is given which starts at a position: the stream there, and the conditioning. */
  givenAt(position: number, x: OnnxFeature): Map<string, Tensor> {
    return this.#given(this.#parts.cut.positions[position] ?? [], x);
  }

  async #run(part: Part, given: NamedTensors): Promise<NamedTensors> {
    this.#parts.pool.requireOpen();
    return part.empty ? new Map() : (await this.#parts.open(part)).run(given);
  }

  #given(names: readonly string[], x: OnnxFeature): Map<string, Tensor> {
    const given = new Map(this.#held);
    this.#put(given, names, x);
    return given;
  }

  #put(given: Map<string, Tensor>, names: readonly string[], x: OnnxFeature): void {
    if (x instanceof DeviceFeature) {
      for (const [nth, tensor] of x.device.entries()) given.set(names[nth] ?? '', tensor);
      return;
    }
    const { tensors } = x;
    if (tensors.length !== names.length)
      throw misfit(
        `a feature of ${tensors.length} tensors for "${names.join('", "')}", expected ${names.length}`,
      );
    for (const [nth, name] of names.entries()) {
      const tensor = tensors[nth];
      if (tensor) given.set(name, toRuntime(this.#parts.pool.runtime, requireCount(name, tensor)));
    }
  }
}

/** What a stretch ends with; what flowed through it unchanged is copied, as every feature is the caller's own. */
export function resultOf({ stream, result = [] }: Part, x: OnnxFeature, outputs: NamedTensors): OnnxFeature {
  const tensors = result.map((name) => {
    const through = x.tensors[stream.indexOf(name)];
    return through ? copyOfTensor(through) : floatFromRuntime(name, outputs.get(name));
  });
  return { tensors };
}

/** Every feature that leaves is one of its own, as the caller frees each once: what is held or asked for twice is copied. */
export function collectTaps(part: Part, outputs: NamedTensors, given: NamedTensors): readonly OnnxFeature[] {
  const taken = new Set(part.result);
  const take = (name: string): FloatTensor => {
    const tensor = floatFromRuntime(name, outputs.get(name));
    if (taken.has(name)) return copyOfTensor(tensor);
    taken.add(name);
    return tensor;
  };
  return part.taps.map((tap: Delivery) => {
    if (tap.from === 'session') return { tensors: tap.outputs.map(({ name }) => take(name)) };
    const held = floatFromRuntime(tap.tensor, given.get(tap.tensor));
    return { tensors: [sampleOfTensor(held, tap.stride)] };
  });
}

function requireCount(name: string, tensor: FloatTensor): FloatTensor {
  const { data, dims } = tensor;
  const count = dims.reduce((product, size) => product * size, 1);
  if (count === data.length) return tensor;
  throw misfit(`${data.length} elements for "${name}", expected ${count} for [${dims.join(', ')}]`);
}

function misfit(message: string): OnnxError {
  return new OnnxError('SPAN_INVALID', `the feature does not fit: ${message}`);
}
