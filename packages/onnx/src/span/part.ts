import type { TapRequest } from '@refrain/core';
import type { ModelCut } from '../cut/cut-model.ts';
import { FLOAT32 } from '../graph/element-type.ts';
import { extract } from '../graph/extract.ts';
import type { Graph } from '../graph/graph.ts';
import { sampleName, type Sample } from '../graph/sample.ts';
import { tapSource, type SpanShape } from './shape.ts';

/** Where a requested feature is found after the part has run. */
export type Delivery =
  /** An output of the session, sampled in the graph if that was asked for. */
  | { readonly from: 'session'; readonly output: string; readonly sample?: Sample | undefined }
  /** A tensor that the pass holds; still to be sampled. */
  | { readonly from: 'held'; readonly tensor: string; readonly stride: number };

/** A part of the model that answers one kind of request. */
export interface Part {
  /** What it was planned for. */
  readonly shape: SpanShape;
  /** Equal for requests that can share a session. */
  readonly key: string;
  /** Tensor that holds the stream at `from`. */
  readonly stream: string;
  /** Tensors whose values are given, by position of their site. */
  readonly values: ReadonlyMap<number, string>;
  /** Tensor that holds the stream at `until`; undefined when only looking. */
  readonly result: string | undefined;
  /** Where each tap is found, in the order of the request. */
  readonly taps: readonly Delivery[];
  /** True when nothing has to run. */
  readonly empty: boolean;
  /** Makes the ONNX file of the part. */
  build(): Uint8Array;
}

/**
 * Plans the one session that answers a request: it starts at the stream and the given values, and gives the stream where
 * the span ends and all taps as outputs. Samples are taken inside the graph, so that only they are copied out.
 *
 * @param graph - the model
 * @param cut - where it is cut
 * @param carried - tensors that the pass holds, with their ONNX element types
 * @param shape - what is asked for; it starts where it ends when taps are only looked at
 * @throws OnnxError `SPAN_INVALID` for a tap that is not there
 */
export function planPart(
  graph: Graph,
  cut: ModelCut,
  carried: ReadonlyMap<string, number>,
  shape: SpanShape,
): Part {
  const looking = shape.from === shape.until;
  const stream = cut.positions[shape.from] ?? '';
  const values = new Map(shape.values.map((at) => [at, cut.modules[at]?.value ?? '']));
  const taps = shape.taps.map((request) => deliver(cut, shape, request));
  const result = looking ? undefined : cut.positions[shape.until];
  const outputs = new Set(taps.flatMap((tap) => (tap.from === 'session' ? [tap.output] : [])));
  if (result !== undefined) outputs.add(result);
  const given = [stream, ...values.values()].map((name) => [name, FLOAT32] as const);
  return {
    shape,
    key: partKey(shape, [...outputs]),
    stream,
    values,
    result,
    taps,
    empty: outputs.size === 0,
    build: () =>
      extract(graph, {
        given: new Map([...carried, ...given]),
        ...withOutputs(result === undefined ? [] : [result], { taps }),
      }),
  };
}

/**
 * The outputs of a session that gives some tensors whole and the taps of a part.
 *
 * @param whole - names of the tensors
 * @param part - whose taps are wanted too
 */
export function withOutputs(
  whole: readonly string[],
  { taps }: Pick<Part, 'taps'>,
): { wanted: readonly string[]; samples: readonly Sample[] } {
  const wanted = new Set(whole);
  const samples = new Map<string, Sample>();
  for (const tap of taps) {
    if (tap.from !== 'session') continue;
    if (tap.sample) samples.set(tap.output, tap.sample);
    else wanted.add(tap.output);
  }
  return { wanted: [...wanted], samples: [...samples.values()] };
}

function deliver(cut: ModelCut, shape: SpanShape, { tap, stride = 1 }: TapRequest): Delivery {
  const { of, tensor } = tapSource(cut, tap, shape.from, shape.until);
  if (of === 'conditioning') return { from: 'held', tensor, stride };
  const sample = stride > 1 ? { source: tensor, stride } : undefined;
  return { from: 'session', output: sample ? sampleName(sample) : tensor, sample };
}

function partKey({ from, until, values }: SpanShape, outputs: readonly string[]): string {
  const span = from === until ? `look at ${from}` : `span ${from}…${until}`;
  const injected = values.length > 0 ? ` given values ${values.toSorted((a, b) => a - b).join(' ')}` : '';
  return `${span}${injected} → ${outputs.toSorted().join(' ')}`;
}
