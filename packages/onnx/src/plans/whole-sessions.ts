import type { CacheForm, TapRequest } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import type { ModelCut } from '../cut/cut-model.ts';
import { FLOAT16 } from '../graph/element-type.ts';
import { sampleName, type Sample } from '../graph/sample.ts';
import type { ModelParts } from '../parts.ts';
import { keepsOnDevice } from '../sessions/options.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import { typesOf, type Part } from '../span/part.ts';
import { tapSource } from '../span/shape.ts';
import { GIVEN, gatedGraph, KEPT, REUSE, TAPPED } from './gated-graph.ts';
import type { PlannedGate } from './gate-of.ts';
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

/** A run of the gated session. */
export interface GatedCall {
  /** How the blocks are remembered. */
  readonly form: GateForm;
  /** What is given instead of computing them. */
  readonly cached?: readonly Tensor[];
  /** Whether what is kept is wanted. */
  readonly keep?: boolean;
  /** What is looked at. */
  readonly taps?: readonly TapRequest[];
}

/** The sessions of a fused or gated plan, each compiled on its first use. */
export class WholeSessions {
  /** The model in pieces, for everything that these do not cover. */
  readonly parts: ModelParts;
  /** The blocks that stand in a gate, if any. */
  readonly gate: PlannedGate | undefined;
  readonly #sessions: GrowingSessions;
  readonly #samples = new Map<string, Sample>();
  readonly #taps = new Map<string, TapRequest>();

  /**
   * @param parts - the model in pieces
   * @param gate - the blocks that stand in a gate
   */
  constructor(parts: ModelParts, gate?: PlannedGate) {
    this.parts = parts;
    this.gate = gate;
    this.#sessions = new GrowingSessions(parts.pool);
  }

  /** Whether the gated session starts behind another one, which has run up to the gate. */
  get startsAtGate(): boolean {
    return this.gate !== undefined && (this.gate.from > 0 || this.gate.look.length > 0);
  }

  /** Runs a stretch. */
  run(stretch: WholeStretch, given: NamedTensors): Promise<NamedTensors> {
    return this.#sessions.run(this.#demandFor(stretch), given);
  }

  /** Runs the part before the blocks, with a look at position 0. */
  enter(inputs: NamedTensors, look: Part): Promise<NamedTensors> {
    return this.run(this.#entering(look), inputs);
  }

  /** Compiles what a stretch from the inputs needs: what leads to the gate and the gate, where it passes through that. */
  async prepare(part: Part): Promise<void> {
    const { cut, carried } = this.parts;
    const { from, until, taps } = part.shape;
    const finishes = until === cut.positions.length - 1;
    if (from === 0 && finishes && this.gate && part.values.size === 0)
      return this.#prepareGate(this.gate, taps);
    const wanted = [...(finishes ? [cut.output] : carried), ...part.stream, ...(part.result ?? [])];
    const fromInputs = from === 0;
    if (fromInputs || finishes) await this.#sessions.prepare(this.#demandFor({ part, fromInputs, wanted }));
    else await this.parts.open(part);
  }

  async #prepareGate({ from, form, look }: PlannedGate, taps: readonly TapRequest[]): Promise<void> {
    const { carried } = this.parts;
    if (from > 0) {
      const part = this.parts.plan({ from: 0, until: from, values: [], taps: [] });
      const wanted = [...carried, ...(part.result ?? [])];
      await this.#sessions.prepare(this.#demandFor({ part, fromInputs: true, wanted }));
    } else if (look.length > 0)
      await this.#sessions.prepare(this.#demandFor(this.#entering(this.parts.planLook(0, look))));
    await this.#sessions.prepare(this.#gateDemand({ form, keep: true, taps }));
  }

  #entering(part: Part): WholeStretch {
    return { part, fromInputs: true, wanted: [...this.parts.carried, ...part.stream] };
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
    const end = wanted.includes(cut.output) ? 'the output' : `position ${until}`;
    const handedOver = fromInputs && until === this.gate?.from ? this.#handedOver() : [];
    // What somebody looks at whole comes out.
    const stays = handedOver.filter((name) => !tapped.includes(name));
    const out = stays.length < handedOver.length ? ', which comes out' : '';
    return {
      kind: `from ${start} to ${end}${out}${values.length > 0 ? ` given ${values.join(' ')}` : ''}`,
      outputs: [...new Set([...wanted.filter((name) => !given.includes(name)), ...tapped])],
      stays,
      build: (outputs) => extractNamed(cut.graph, typesOf(cut, given), outputs, this.#samples),
    };
  }

  /**
   * Runs the gated session.
   *
   * @param given - the inputs of the model, or the stream where the gate starts and the conditioning
   * @param call - whether it computes, and what is wanted
   */
  runGate(given: NamedTensors, call: GatedCall): Promise<NamedTensors> {
    const { cut, pool } = this.parts;
    const { Tensor: TensorOf } = pool.runtime;
    const { cached } = call;
    const feeds = new Map(given).set(REUSE, new TensorOf('bool', Uint8Array.of(cached ? 1 : 0), [1]));
    for (const [index, name] of this.#end.entries()) {
      const half = typesOf(cut, [name]).get(name) === FLOAT16;
      const empty = half
        ? new TensorOf('float16', new Uint16Array(0), [0])
        : new TensorOf('float32', new Float32Array(0), [0]);
      feeds.set(`${GIVEN}${index}`, cached?.[index] ?? empty);
    }
    return this.#sessions.run(this.#gateDemand(call), feeds);
  }

  /** What the session up to the gate hands over to the gated one, but for what policies may look at. */
  #handedOver(): readonly string[] {
    const { cut, carried, pool } = this.parts;
    if (!keepsOnDevice(pool.provider)) return [];
    const looked = new Set(cut.conditioning.values());
    return [...carried, ...(cut.positions[this.gate?.from ?? 0] ?? [])].filter((name) => !looked.has(name));
  }

  /** Tensors of the stream where the gate ends. */
  get #end(): readonly string[] {
    return this.parts.cut.positions[this.gate?.until ?? 0] ?? [];
  }

  #gateDemand({ form, keep = false, taps = [] }: GatedCall): Demand {
    const { cut, carried } = this.parts;
    const { from = 0, until = 0 } = this.gate ?? {};
    for (const tap of taps) this.#taps.set(tappedName(tap), tap);
    const kept = this.#end.map((_, index) => `${KEPT}${index}`);
    const tapped = taps.flatMap((tap) => tappedNames(cut, tap));
    const given = this.startsAtGate ? [...carried, ...(cut.positions[from] ?? [])] : [];
    const start = this.startsAtGate ? `position ${from}` : 'the inputs';
    const what = until === cut.positions.length - 1 ? '' : ` until position ${until}`;
    return {
      kind: `from ${start} to the output, the blocks${what} gated by their ${form}`,
      outputs: [cut.output, ...kept, ...tapped],
      fetch: [cut.output, ...(keep ? kept : []), ...tapped],
      stays: kept,
      build: (outputs) =>
        gatedGraph(cut, {
          gate: { from, until, form },
          given,
          taps: new Map([...this.#taps].filter(([name]) => outputs.has(`${name}.0`))),
        }),
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
