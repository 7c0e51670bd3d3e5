import type { TapRequest } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import type { ModelCut } from './cut/cut-model.ts';
import { OnnxError } from './errors.ts';
import { elementTypeCode, FLOAT32 } from './graph/element-type.ts';
import { extract } from './graph/extract.ts';
import type { Graph } from './graph/graph.ts';
import type { PartSession } from './sessions/part-session.ts';
import type { SessionPool } from './sessions/pool.ts';
import { planPart, withOutputs, type Part } from './span/part.ts';
import { requireSpan, type SpanShape } from './span/shape.ts';

/** The parts of a model, compiled when they are first needed. */
export interface ModelParts {
  /** Where they are compiled and kept. */
  readonly pool: SessionPool;
  /** Where the model is cut. */
  readonly cut: ModelCut;
  /** From the inputs to the stream at position 0 and to the conditioning that is carried along. */
  readonly enter: PartSession;
  /** Names of everything that `enter` gives besides the stream. */
  readonly carried: readonly string[];
  /** What has been compiled of the blocks, in the order of first use. */
  readonly compiled: ReadonlyMap<string, SpanShape>;
  /** Plans the part that runs a span. */
  plan(shape: SpanShape): Part;
  /** Plans the part that looks at taps at a position, without computing further. */
  planLook(at: number, taps: readonly TapRequest[]): Part;
  /** The part before the blocks, with the taps of a planned look at position 0 as further outputs. */
  openEnter(look: Part): Promise<PartSession>;
  /** Compiles a planned part, or takes it from the pool. */
  open(part: Part): Promise<PartSession>;
  /** From the stream at its end to the output. */
  openExit(): Promise<PartSession>;
  /** The whole model in one piece. */
  openWhole(): Promise<PartSession>;
}

/**
 * Compiles the first part of a model, which tells the types of what it hands on, and prepares the others.
 *
 * @param graph - the model
 * @param cut - where it is cut
 * @param pool - where parts are compiled and kept
 */
export async function modelParts(graph: Graph, cut: ModelCut, pool: SessionPool): Promise<ModelParts> {
  const carried = [...new Set([...cut.carried, ...cut.conditioning.values()])];
  const [start = ''] = cut.positions;
  const enter = await pool.open('the part before the blocks', () =>
    extract(graph, { given: new Map(), wanted: [start, ...carried] }),
  );
  const outputTypes = enter.outputTypes();
  const types = new Map(carried.map((name) => [name, typeCode(name, outputTypes.get(name))]));
  const compiled = new Map<string, SpanShape>();
  const end = cut.positions.at(-1) ?? '';
  const exitTypes = new Map([...types, [end, FLOAT32]]);
  return {
    pool,
    cut,
    enter,
    carried,
    compiled,
    plan: (shape) => {
      requireSpan(cut, shape);
      return planPart(graph, cut, types, shape);
    },
    planLook: (at, taps) => planPart(graph, cut, types, { from: at, until: at, values: [], taps }),
    open: async (part) => {
      const session = await pool.open(part.key, () => part.build());
      if (!compiled.has(part.key)) compiled.set(part.key, part.shape);
      return session;
    },
    openEnter: (look) =>
      pool.open(`the part before the blocks with a ${look.key}`, () =>
        extract(graph, { given: new Map(), ...withOutputs([start, ...carried], look) }),
      ),
    openExit: () =>
      pool.open('the part behind the blocks', () =>
        extract(graph, { given: exitTypes, wanted: [cut.output] }),
      ),
    openWhole: () =>
      pool.open('the whole model', () => extract(graph, { given: new Map(), wanted: [cut.output] })),
  };
}

function typeCode(name: string, type: Tensor.Type | undefined): number {
  const code = type && elementTypeCode(type);
  if (code !== undefined) return code;
  throw new OnnxError(
    'MODEL_UNSUPPORTED',
    `the tensor "${name}" is ${type ?? 'no tensor'} and cannot be handed on`,
  );
}
