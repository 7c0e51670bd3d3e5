import type { CacheForm, TapRequest } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import type { ModelCut } from '../cut/cut-model.ts';
import { FLOAT16 } from '../graph/element-type.ts';
import { sampleName, type Sample } from '../graph/sample.ts';
import type { ModelParts } from '../parts.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import { typesOf, type Part } from '../span/part.ts';
import { tapSource } from '../span/shape.ts';
import { GIVEN, gatedGraph, KEPT, REUSE, TAPPED } from './gated-graph.ts';
import { extractNamed, GrowingSessions, type Demand } from './growing-sessions.ts';

/** A stretch from the inputs, or from a position, in one session. */
export interface WholeStretch {
  /** What is computed, and its taps. */
  readonly part: Part;
  /** True when it starts at the inputs of the model. */
  readonly fromInputs: boolean;
  /** Tensors to bring out besides the taps. */
  readonly wanted: readonly string[];
}

/** How a gate remembers the blocks. */
export type GateForm = Exclude<CacheForm, 'value'>;

/** A pass through the gated session. */
export interface GatedCall {
  /** How the blocks are remembered. */
  readonly form: GateForm;
  /** What is given instead of computing them. */
  readonly given?: readonly Tensor[];
  /** Whether what is kept is wanted. */
  readonly keep?: boolean;
  /** What is looked at. */
  readonly taps?: readonly TapRequest[];
}

/** The sessions of a fused or gated plan, each compiled on its first use. */
export class WholeSessions {
  /** The model in pieces, for everything that these do not cover. */
  readonly parts: ModelParts;
  /** Whether blocks stand in a gate. */
  readonly gates: boolean;
  /** How the gate remembered the blocks last. */
  form: GateForm;
  readonly #sessions: GrowingSessions;
  readonly #samples = new Map<string, Sample>();
  readonly #taps = new Map<string, TapRequest>();

  /**
   * @param parts - the model in pieces
   * @param gates - whether blocks stand in a gate
   * @param form - how it will remember them
   */
  constructor(parts: ModelParts, gates: boolean, form: GateForm = 'residual') {
    this.form = form;
    this.parts = parts;
    this.gates = gates;
    this.#sessions = new GrowingSessions(parts.pool);
  }

  /** Runs a stretch. */
  run(stretch: WholeStretch, given: NamedTensors): Promise<NamedTensors> {
    return this.#sessions.run(this.#demandFor(stretch), given);
  }

  /** Compiles what a stretch from the inputs needs, or the gate where it is the whole stream. */
  async prepare(part: Part): Promise<void> {
    const { cut, carried } = this.parts;
    const { from, until, taps } = part.shape;
    const finishes = until === cut.positions.length - 1;
    if (from === 0 && finishes && this.gates && part.values.size === 0)
      return this.#sessions.prepare(this.#gateDemand({ form: this.form, keep: true, taps }));
    const wanted = [...(finishes ? [cut.output] : carried), ...part.stream, ...(part.result ?? [])];
    const fromInputs = from === 0;
    if (fromInputs || finishes) await this.#sessions.prepare(this.#demandFor({ part, fromInputs, wanted }));
    else await this.parts.open(part);
  }

  /** Frees the sessions that are not in use. */
  async clear(): Promise<void> {
    await this.#sessions.clear();
  }

  #demandFor({ part, fromInputs, wanted }: WholeStretch): Demand {
    const { cut, carried } = this.parts;
    const { from, until } = part.shape;
    const values = [...part.values.values()].flat();
    const tapped = part.taps.flatMap((tap) => {
      if (tap.from === 'held') return fromInputs ? [tap.tensor] : [];
      for (const { sample } of tap.outputs) if (sample) this.#samples.set(sampleName(sample), sample);
      return tap.outputs.map(({ name }) => name);
    });
    const given = fromInputs ? values : [...carried, ...part.stream, ...values];
    const start = fromInputs ? 'the inputs' : `position ${from}`;
    const end = wanted.includes(cut.output) ? 'the output' : from === until ? 'a look' : `position ${until}`;
    return {
      kind: `from ${start} to ${end}${values.length > 0 ? ` given ${values.join(' ')}` : ''}`,
      outputs: [...new Set([...wanted.filter((name) => !given.includes(name)), ...tapped])],
      build: (outputs) => extractNamed(cut.graph, typesOf(cut, given), outputs, this.#samples),
    };
  }

  /** Runs the whole model through its gate. */
  gate(inputs: NamedTensors, { form, given, keep = false, taps = [] }: GatedCall): Promise<NamedTensors> {
    const { cut, pool } = this.parts;
    const { Tensor: TensorOf } = pool.runtime;
    const like = cut.positions.at(-1) ?? [];
    const feeds = new Map(inputs).set(REUSE, new TensorOf('bool', Uint8Array.of(given ? 1 : 0), [1]));
    for (const [index, name] of like.entries()) {
      const half = typesOf(cut, [name]).get(name) === FLOAT16;
      const empty = half
        ? new TensorOf('float16', new Uint16Array(0), [0])
        : new TensorOf('float32', new Float32Array(0), [0]);
      feeds.set(`${GIVEN}${index}`, given?.[index] ?? empty);
    }
    return this.#sessions.run(this.#gateDemand({ form, keep, taps }), feeds);
  }

  #gateDemand({ form, keep = false, taps = [] }: GatedCall): Demand {
    const { cut } = this.parts;
    for (const tap of taps) this.#taps.set(tappedName(tap), tap);
    const kept = (cut.positions.at(-1) ?? []).map((_, index) => `${KEPT}${index}`);
    return {
      kind: `from the inputs to the output, the blocks gated by their ${form}`,
      outputs: [cut.output, ...(keep ? kept : []), ...taps.flatMap((tap) => tappedNames(cut, tap))],
      build: (outputs) =>
        gatedGraph(cut, form, new Map([...this.#taps].filter(([name]) => outputs.has(`${name}.0`)))),
    };
  }
}

/** Names of the outputs that a tap has in a gated session, one for each of its tensors. */
export function tappedNames(cut: ModelCut, request: TapRequest): readonly string[] {
  const { tap } = request;
  const { length } = cut.inner;
  const source = tapSource(cut, tap, 0, length);
  const count = source.of === 'graph' ? source.tensors.length : 1;
  return Array.from({ length: count }, (_, nth) => `${tappedName(request)}.${nth}`);
}

function tappedName({ tap, stride = 1 }: TapRequest): string {
  return `${TAPPED}${tap.of}/${tap.of === 'conditioning' ? tap.name : tap.at}/${stride}`;
}
