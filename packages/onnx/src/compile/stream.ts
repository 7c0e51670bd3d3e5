import { SAMPLE, type CacheForm, type RunnerTap, type Stream, type Tap } from '@refrain/core';
import type { ModelCut } from '../cut/cut-model.ts';
import { FLOAT32 } from '../graph/element-type.ts';
import type { Graph } from '../graph/graph.ts';
import { tapSource } from '../span/shape.ts';
import type { Feature } from './feature-writer.ts';

/** A span of the stream that is computed or reused as a whole, and how it is remembered. */
export interface Gate {
  /** Position where it starts; -1 is the sample. */
  readonly from: number;
  /** Position where it ends; one behind the end of the stream is the output. */
  readonly until: number;
  /** `value` remembers every inner site of the span. */
  readonly form: CacheForm;
}

/** Something that a rule compares with what it was in an earlier step. */
export interface Watched {
  /** Name of the reference in the state: letters and digits. */
  readonly name: string;
  /** Where to look; -1 and one behind the end of the stream are the sample and the output. */
  readonly tap: Tap;
  /** Compare every n-th element. */
  readonly stride?: number | undefined;
}

/** A model as a chain of positions, for writing a rule into its graph. */
export interface ModelStream {
  /** The model. */
  readonly graph: Graph;
  /** Positions of the stream. */
  readonly length: number;
  /** The output of the model. */
  readonly output: string;
  /** ONNX code of the element type of a tensor. */
  typeOf(tensor: string): number;
  /** Tensors of the stream at a position; -1 is the sample, one behind the end the output. */
  at(position: number): Feature;
  /** Tensors of a tap. */
  tapped(tap: RunnerTap): Feature;
  /** Tensors that a gate keeps, by the place where they are applied. */
  kept(gate: Gate): readonly Feature[];
}

/**
 * The chain of a cut model.
 *
 * @param cut - the model and where it is cut
 * @param stream - its sites
 */
export function modelStream(cut: ModelCut, { length }: Pick<Stream, 'length'>): ModelStream {
  const at = (position: number): Feature => {
    if (position === SAMPLE) return [cut.latent];
    return position > length ? [cut.output] : (cut.positions[position] ?? []);
  };
  return {
    graph: cut.graph,
    length,
    output: cut.output,
    typeOf: (tensor) => cut.types.get(tensor) ?? FLOAT32,
    at,
    tapped: (tap) => {
      if (tap.of === 'stream') return at(tap.at);
      const source = tapSource(cut, tap, 0, length);
      return source.of === 'graph' ? source.tensors : [source.tensor];
    },
    kept: ({ from, until, form }) =>
      form === 'value' ? cut.modules.slice(from, until).map(({ value }) => value) : [at(until)],
  };
}
