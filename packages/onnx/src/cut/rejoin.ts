import { create } from '@bufbuild/protobuf';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { NodeProtoSchema, type NodeProto } from '../graph/proto/onnx_pb.js';
import { replaceNodes } from '../graph/replace.ts';
import { attribute, integerOf, knownOf, listOf } from '../shapes/known.ts';
import { mergeEquals } from './equals.ts';
import { isReordering } from './operators.ts';
import type { ResidualSum } from './sums.ts';

/**
 * Blocks that work on joined streams may take them apart at their end, only for the next block to join them again. What is
 * joined then equals the sum that was taken apart, which is read instead: the streams stay joined, as in a model that joins them
 * once. Nothing that the model computes changes.
 *
 * @param graph - the model
 * @param sums - residual sums
 * @returns the graph itself if nothing is joined again
 */
export function rejoinStreams(graph: Graph, sums: readonly ResidualSum[]): Graph {
  const outputs = new Set(sums.map(({ output }) => output));
  return mergeEquals(graph, (node) => {
    const whole = node.operator === 'Concat' ? wholeOf(graph, node) : undefined;
    return whole !== undefined && outputs.has(limited(graph, whole)) ? whole : undefined;
  });
}

/** What a tensor was before its numbers were kept within the limits of half precision. */
function limited({ producers }: Graph, tensor: string): string {
  let name = tensor;
  for (let node = producers.get(name); node && limits.has(node.operator); node = producers.get(name))
    name = node.reads[0] ?? '';
  return name;
}

const limits: ReadonlySet<string> = new Set(['Clip', 'Cast', 'Identity', 'Min', 'Max']);

/**
 * Blocks may add to parts of their stream by themselves, because the parts have gates of their own: the tokens of a given first
 * frame and all others. `join(a + v, b + w)` is `join(a, b) + join(v, w)`, and where a and b are all of a tensor, that is a
 * residual sum like any other. Nothing that the model computes changes.
 *
 * @param graph - the model
 * @returns the graph itself if there are no such sums
 */
export function joinSums(graph: Graph): Graph {
  const renamed = new Map<string, string>();
  const added: NodeProto[] = [];
  for (const concat of graph.nodes) {
    const [output] = concat.writes;
    const sums = concat.operator === 'Concat' ? sumsOfParts(graph, concat) : undefined;
    if (!sums || output === undefined || !graph.consumers.has(output)) continue;
    const [values, sum] = [`refrain/values/${output}`, `refrain/sum/${output}`];
    const { attribute: attributes, name, metadataProps } = concat.proto;
    const whole = renamed.get(sums.whole) ?? sums.whole;
    const own = { metadataProps, name: `${name}/values` };
    added.push(
      create(NodeProtoSchema, {
        ...own,
        opType: 'Concat',
        input: [...sums.values],
        output: [values],
        attribute: attributes,
      }),
      create(NodeProtoSchema, {
        ...own,
        name: `${name}/sum`,
        opType: 'Add',
        input: [whole, values],
        output: [sum],
      }),
    );
    renamed.set(output, sum);
  }
  if (added.length === 0) return graph;
  return replaceNodes(graph, {
    added,
    initializers: [],
    shortcuts: new Map(),
    rename: (_, name) => renamed.get(name) ?? name,
  });
}

/** What is added to all parts of a tensor, where a concatenation puts together nothing but such sums. */
function sumsOfParts(
  graph: Graph,
  concat: GraphNode,
): { readonly whole: string; readonly values: readonly string[] } | undefined {
  const terms = concat.proto.input.map((name) => {
    const node = graph.producers.get(name);
    const alone = node?.operator === 'Add' && graph.consumers.get(name)?.length === 1;
    return alone ? node.reads : [];
  });
  for (const side of [0, 1]) {
    const parts = terms.map((reads) => reads[side] ?? '');
    const whole = wholeOf(graph, concat, parts);
    if (whole !== undefined) return { whole, values: terms.map((reads) => reads[1 - side] ?? '') };
  }
  return undefined;
}

/** A stretch of a tensor along an axis. */
interface Part {
  readonly source: string;
  readonly axis: number;
  /** Where it begins and ends: equal for equal places. */
  readonly from: string;
  readonly until: string;
}

const START = '0';
const END = 'end';

/** The tensor that a concatenation puts together again from all of its parts in their order. */
function wholeOf(
  graph: Graph,
  concat: GraphNode,
  tensors: readonly string[] = concat.proto.input,
): string | undefined {
  const axis = integerOf(concat.proto, 'axis', 0);
  const parts = tensors.map((name) => partOf(graph, name));
  const [first] = parts;
  if (!first || parts.length < 2) return undefined;
  const complete = parts.every((part, nth) => {
    const from = nth === 0 ? START : parts[nth - 1]?.until;
    return part?.source === first.source && part.axis === axis && part.from === from;
  });
  return complete && parts.at(-1)?.until === END ? first.source : undefined;
}

function partOf(graph: Graph, tensor: string): Part | undefined {
  const node = graph.producers.get(tensor);
  const [source] = node?.reads ?? [];
  if (!node || source === undefined) return undefined;
  if (node.operator === 'Split') return partOfSplit(node, source, tensor);
  if (node.operator !== 'Slice' || node.proto.input.length < 4) return undefined;
  const [, from = '', until = '', axes = '', steps = ''] = node.proto.input;
  const axis = onlyValue(graph, axes);
  if (axis === undefined || (steps !== '' && onlyValue(graph, steps) !== 1)) return undefined;
  return { source, axis, from: placeOf(graph, from), until: placeOf(graph, until) };
}

function partOfSplit({ proto }: GraphNode, source: string, tensor: string): Part {
  const nth = proto.output.indexOf(tensor);
  const place = (at: number): string =>
    at === 0 ? START : at === proto.output.length ? END : `${proto.output[0]}/${at}`;
  return { source, axis: integerOf(proto, 'axis', 0), from: place(nth), until: place(nth + 1) };
}

function valuesOf({ initializers, producers }: Graph, tensor: string): readonly number[] | undefined {
  const node = producers.get(tensor);
  if (node?.operator === 'Constant') {
    const stored = attribute(node.proto, 'value')?.t;
    return stored ? knownOf(stored).values : listOf(node.proto, 'value_ints');
  }
  const stored = initializers.get(tensor);
  return stored && knownOf(stored).values;
}

function onlyValue(graph: Graph, tensor: string): number | undefined {
  const values = valuesOf(graph, tensor);
  return values?.length === 1 ? values[0] : undefined;
}

/** More than any size; exporters write the largest number for an open end. */
const MANY = 2 ** 31 - 1;

/** A place along an axis: a number, or how it is computed from sizes, as far as a few steps tell. */
function placeOf(graph: Graph, tensor: string, steps = 12): string {
  const value = onlyValue(graph, tensor);
  if (value !== undefined) return value >= MANY ? END : `${value}`;
  const node = graph.producers.get(tensor);
  if (!node || steps === 0) return tensor;
  if (isReordering(node)) return placeOf(graph, node.reads[0] ?? '', steps - 1);
  if (!sizeOperators.has(node.operator)) return tensor;
  const attributes = node.proto.attribute.map(({ name, i }) => `${name}=${i}`);
  const reads =
    node.operator === 'Shape' ? node.reads : node.reads.map((name) => placeOf(graph, name, steps - 1));
  return `${node.operator}(${[...reads, ...attributes].join(',')})`;
}

const sizeOperators: ReadonlySet<string> = new Set([
  'Shape',
  'Gather',
  'Slice',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
]);
