import type { TapRequest } from '@refrain/core';
import type { ModelCut } from './cut/cut-model.ts';
import { extract } from './graph/extract.ts';
import type { PartSession } from './sessions/part-session.ts';
import type { SessionPool } from './sessions/pool.ts';
import { planPart, typesOf, withOutputs, type Part } from './span/part.ts';
import { requireSpan, type SpanShape } from './span/shape.ts';

/** The parts of a model, compiled when they are first needed. */
export interface ModelParts {
  /** Where they are compiled and kept. */
  readonly pool: SessionPool;
  /** Where the model is cut. */
  readonly cut: ModelCut;
  /** Names of everything that the part before the blocks gives besides the stream. */
  readonly carried: readonly string[];
  /** What has been compiled of the blocks, in the order of first use. */
  readonly compiled: ReadonlyMap<string, SpanShape>;
  /** Plans the part that runs a span. */
  plan(shape: SpanShape): Part;
  /** Plans the part that looks at taps at a position, without computing further. */
  planLook(at: number, taps: readonly TapRequest[]): Part;
  /**
   * From the inputs to the stream at position 0 and to the conditioning that is carried along; with the taps of a planned
   * look at position 0 as further outputs.
   */
  openEnter(look?: Part): Promise<PartSession>;
  /** Compiles a planned part, or takes it from the pool. */
  open(part: Part): Promise<PartSession>;
  /** From the stream at its end to the output. */
  openExit(): Promise<PartSession>;
  /** The whole model in one piece. */
  openWhole(): Promise<PartSession>;
}

/**
 * Prepares the parts of a model.
 *
 * @param cut - where the model is cut
 * @param pool - where parts are compiled and kept
 */
export function modelParts(cut: ModelCut, pool: SessionPool): ModelParts {
  const { graph } = cut;
  const carried = [...new Set([...cut.carried, ...cut.conditioning.values()])];
  const [start = []] = cut.positions;
  const entered = [...start, ...carried];
  const compiled = new Map<string, SpanShape>();
  const end = cut.positions.at(-1) ?? [];
  return {
    pool,
    cut,
    carried,
    compiled,
    plan: (shape) => {
      requireSpan(cut, shape);
      return planPart(cut, carried, shape);
    },
    planLook: (at, taps) => planPart(cut, carried, { from: at, until: at, values: [], taps }),
    open: async (part) => {
      const session = await pool.open(part.key, () => part.build());
      if (!compiled.has(part.key)) compiled.set(part.key, part.shape);
      return session;
    },
    openEnter: (look) =>
      pool.open(`the part before the blocks${look ? ` with a ${look.key}` : ''}`, () =>
        extract(graph, { given: new Map(), ...withOutputs(entered, look ?? { taps: [] }) }),
      ),
    openExit: () =>
      pool.open('the part behind the blocks', () =>
        extract(graph, { given: typesOf(cut, [...carried, ...end]), wanted: [cut.output] }),
      ),
    openWhole: () =>
      pool.open('the whole model', () => extract(graph, { given: new Map(), wanted: [cut.output] })),
  };
}
