import type { TapRequest } from '@refrain/core';
import type { ModelCut } from '../cut/cut-model.ts';
import { extract } from '../graph/extract.ts';
import { sampleName, type Sample } from '../graph/sample.ts';
import { tapSource, type SpanShape } from './shape.ts';

/** One tensor of a tap. */
export interface TapOutput {
  /** Output of the session: the tensor itself, or its sample. */
  readonly name: string;
  /** How it is sampled in the graph, if that was asked for. */
  readonly sample?: Sample | undefined;
}

/** Where a requested feature is found after the part has run. */
export type Delivery =
  /** Outputs of the session, one for each tensor of the feature. */
  | { readonly from: 'session'; readonly outputs: readonly TapOutput[] }
  /** A tensor that the pass holds; still to be sampled. */
  | { readonly from: 'held'; readonly tensor: string; readonly stride: number };

/** A part of the model that answers one kind of request. */
export interface Part {
  /** What it was planned for. */
  readonly shape: SpanShape;
  /** Equal for requests that can share a session. */
  readonly key: string;
  /** Tensors that flow at `from`. */
  readonly stream: readonly string[];
  /** Tensors whose values are given, by position of their site. */
  readonly values: ReadonlyMap<number, readonly string[]>;
  /** Tensors that flow at `until`; undefined when only looking. */
  readonly result: readonly string[] | undefined;
  /** Where each tap is found, in the order of the request. */
  readonly taps: readonly Delivery[];
  /** True when nothing has to run. */
  readonly empty: boolean;
  /** Makes the ONNX file of the part. */
  build(): Uint8Array;
}

/**
 * Plans the one session that answers a request: it starts at the stream and the given values, and gives the stream where
 * the span ends and all taps as outputs. Samples are taken inside the graph, so that only they are copied out. What flows
 * through the span unchanged, such as a skip connection to a later block, is no output: the caller has it.
 *
 * @param cut - where the model is cut
 * @param carried - names of the tensors that the pass holds
 * @param shape - what is asked for; it starts where it ends when taps are only looked at
 * @throws OnnxError `SPAN_INVALID` for a tap that is not there
 */
export function planPart(cut: ModelCut, carried: readonly string[], shape: SpanShape): Part {
  const looking = shape.from === shape.until;
  const stream = cut.positions[shape.from] ?? [];
  const values = new Map(shape.values.map((at) => [at, cut.modules[at]?.value ?? []]));
  const taps = shape.taps.map((request) => deliver(cut, shape, request));
  const result = looking ? undefined : cut.positions[shape.until];
  const given = [...stream, ...[...values.values()].flat()];
  const computed = (result ?? []).filter((name) => !stream.includes(name));
  const wanted = withOutputs(computed, { taps });
  const outputs = [...wanted.wanted, ...wanted.samples.map(sampleName)];
  return {
    shape,
    key: partKey(shape, outputs),
    stream,
    values,
    result,
    taps,
    empty: outputs.length === 0,
    build: () => extract(cut.graph, { given: typesOf(cut, [...carried, ...given]), ...wanted }),
  };
}

/**
 * Element types of tensors that are given to a part.
 *
 * @param cut - where the model is cut
 * @param names - of the tensors
 */
export function typesOf(cut: ModelCut, names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, cut.types.get(name) ?? 0]));
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
  for (const tap of taps)
    for (const { name, sample } of tap.from === 'session' ? tap.outputs : [])
      if (sample) samples.set(name, sample);
      else wanted.add(name);
  return { wanted: [...wanted], samples: [...samples.values()] };
}

function deliver(cut: ModelCut, shape: SpanShape, { tap, stride = 1 }: TapRequest): Delivery {
  const source = tapSource(cut, tap, shape.from, shape.until);
  if (source.of === 'conditioning') return { from: 'held', tensor: source.tensor, stride };
  const outputs = source.tensors.map((tensor): TapOutput => {
    const sample = stride > 1 ? { source: tensor, stride } : undefined;
    return { name: sample ? sampleName(sample) : tensor, sample };
  });
  return { from: 'session', outputs };
}

function partKey({ from, until, values }: SpanShape, outputs: readonly string[]): string {
  const span = from === until ? `look at ${from}` : `span ${from}…${until}`;
  const injected = values.length > 0 ? ` given values ${values.toSorted((a, b) => a - b).join(' ')}` : '';
  return `${span}${injected} → ${outputs.toSorted().join(' ')}`;
}
