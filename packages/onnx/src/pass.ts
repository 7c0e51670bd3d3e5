import type { Float32Tensor, Pass, SpanRequest, SpanResult, TapRequest } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import { OnnxError } from './errors.ts';
import type { ModelParts } from './parts.ts';
import type { NamedTensors } from './sessions/part-session.ts';
import type { Delivery, Part } from './span/part.ts';
import { featureFromRuntime, toRuntime } from './tensor.ts';

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
  const { cut, carried, pool } = parts;
  pool.requireOpen();
  const part = look.length > 0 ? parts.planLook(0, look) : undefined;
  const enter = part ? await parts.openEnter(part) : parts.enter;
  const outputs = await enter.run(inputs);
  const held = new Map([...inputs].filter(([name]) => name !== cut.latent));
  for (const name of carried) {
    const tensor = outputs.get(name);
    if (tensor) held.set(name, tensor);
  }
  const [start = ''] = cut.positions;
  const looked = part && collectTaps(part, outputs, held);
  return new OnnxPass(parts, featureFromRuntime(start, outputs.get(start)), held, looked);
}

/** A pass from its first part on. */
export class OnnxPass implements Pass<Float32Tensor, Float32Tensor> {
  /** The stream at position 0. */
  readonly x: Float32Tensor;
  /** What was looked at while entering, where that was asked for. */
  readonly looked?: readonly Float32Tensor[];
  readonly #parts: ModelParts;
  readonly #held: Map<string, Tensor>;

  /**
   * @param parts - of the model
   * @param x - the stream at position 0
   * @param held - conditioning of this pass: inputs besides the latent and what the first part computed from them
   * @param looked - taps that came along with entering
   */
  constructor(
    parts: ModelParts,
    x: Float32Tensor,
    held: Map<string, Tensor>,
    looked?: readonly Float32Tensor[],
  ) {
    if (looked) this.looked = looked;
    this.#parts = parts;
    this.#held = held;
    this.x = x;
  }

  /** Runs a stretch of the stream in one session, compiled on first use. */
  async span(request: SpanRequest<Float32Tensor>): Promise<SpanResult<Float32Tensor>> {
    const { from, until, x, values, taps } = request;
    const part = this.#parts.plan({ from, until, values: [...values.keys()], taps });
    const given = this.#given(part.stream, x);
    for (const [at, name] of part.values) {
      const value = values.get(at);
      if (value) given.set(name, this.#tensor(name, value));
    }
    const outputs = await this.#run(part, given);
    const end = part.result ?? '';
    return { x: featureFromRuntime(end, outputs.get(end)), taps: collectTaps(part, outputs, given) };
  }

  /** Looks at modulated or conditioning taps at a position. */
  async look(at: number, x: Float32Tensor, taps: readonly TapRequest[]): Promise<readonly Float32Tensor[]> {
    const part = this.#parts.planLook(at, taps);
    const given = this.#given(part.stream, x);
    return collectTaps(part, await this.#run(part, given), given);
  }

  /** Runs the part behind the blocks. */
  async exit(x: Float32Tensor): Promise<Float32Tensor> {
    const { cut } = this.#parts;
    const session = await this.#parts.openExit();
    const outputs = await session.run(this.#given(cut.positions.at(-1) ?? '', x));
    return featureFromRuntime(cut.output, outputs.get(cut.output));
  }

  /** Lets go of the conditioning. */
  release(): void {
    this.#held.clear();
  }

  async #run(part: Part, given: NamedTensors): Promise<NamedTensors> {
    this.#parts.pool.requireOpen();
    return part.empty ? new Map() : (await this.#parts.open(part)).run(given);
  }

  #given(stream: string, x: Float32Tensor): Map<string, Tensor> {
    return new Map(this.#held).set(stream, this.#tensor(stream, x));
  }

  #tensor(name: string, { data, dims }: Float32Tensor): Tensor {
    const count = dims.reduce((product, size) => product * size, 1);
    if (count === data.length) return toRuntime(this.#parts.pool.runtime, { data, dims });
    throw new OnnxError(
      'SPAN_INVALID',
      `the feature for "${name}" has ${data.length} elements, expected ${count} for [${dims.join(', ')}]`,
    );
  }
}

/** Every feature that leaves is one of its own, as the caller frees each once: what is held or asked for twice is copied. */
function collectTaps(part: Part, outputs: NamedTensors, given: NamedTensors): readonly Float32Tensor[] {
  const taken = new Set([part.result]);
  return part.taps.map((tap: Delivery) => {
    if (tap.from === 'held') return copyOf(featureFromRuntime(tap.tensor, given.get(tap.tensor)), tap.stride);
    const feature = featureFromRuntime(tap.output, outputs.get(tap.output));
    if (taken.has(tap.output)) return copyOf(feature, 1);
    taken.add(tap.output);
    return feature;
  });
}

function copyOf({ data, dims }: Float32Tensor, stride: number): Float32Tensor {
  if (stride <= 1) return { data: data.slice(), dims };
  const length = Math.ceil(data.length / stride);
  const sample = Float32Array.from({ length }, (_, nth) => data[nth * stride] ?? 0);
  return { data: sample, dims: [length] };
}
