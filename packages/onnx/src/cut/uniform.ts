import { create } from '@bufbuild/protobuf';
import { INT64 } from '../graph/element-type.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { replaceNodes } from '../graph/replace.ts';
import { AttributeProtoSchema, NodeProtoSchema, TensorProtoSchema } from '../graph/proto/onnx_pb.js';
import type { NodeProto, TensorProto } from '../graph/proto/onnx_pb.js';

/** Positions of the stream, and the graph that has their tensors. */
export interface Positions {
  readonly graph: Graph;
  /** Tensors that flow at each position. */
  readonly positions: readonly (readonly string[])[];
  /** Tensors that are carried along. */
  readonly carried: readonly string[];
}

/** How streams are joined to one. */
interface Join {
  /** Position of the first joined tensor. */
  readonly position: number;
  /** For each operand of the concatenation its place among the streams. */
  readonly order: readonly number[];
  /** Along which axis. */
  readonly axis: bigint;
}

/**
 * Makes the same number of tensors flow at all positions, as far as that goes, so that the residual across any blocks is
 * defined. Where the last block of a two-stream model drops a stream, the dropped one is carried on to the end. Where two
 * streams are joined for single-stream blocks, they are handed over joined from the start, and taken apart inside the blocks.
 *
 * @param given - positions as they were found
 * @param isBefore - whether a node lies before a position
 */
export function unifyPositions(
  given: Positions,
  isBefore: (node: GraphNode, position: number) => boolean,
): Positions {
  const join = findJoin(given);
  if (join) return joinStreams(given, join, isBefore);
  return { ...given, positions: carryOn(given.positions) };
}

/** From two streams to one: the second stays as it was. */
function carryOn(positions: Positions['positions']): Positions['positions'] {
  const count = positions[0]?.length ?? 0;
  const end = positions.findIndex(({ length }) => length !== count);
  const [main, dropped] = positions[end - 1] ?? [];
  const ends = positions.slice(Math.max(end, 0));
  if (
    end < 1 ||
    count !== 2 ||
    main === undefined ||
    dropped === undefined ||
    ends.some(({ length }) => length !== 1)
  )
    return positions;
  return positions.map((tensors, position) => (position < end ? tensors : [...tensors, dropped]));
}

function findJoin({ graph, positions }: Positions): Join | undefined {
  const count = positions[0]?.length ?? 0;
  const position = positions.findIndex(({ length }) => length !== count);
  const streams = positions[position - 1] ?? [];
  if (position < 1 || count < 2 || positions.slice(position).some(({ length }) => length !== 1))
    return undefined;
  const readers = (graph.consumers.get(streams[0] ?? '') ?? []).filter(
    ({ operator }) => operator === 'Concat',
  );
  const concat = readers.find(
    ({ reads }) => reads.length === count && streams.every((name) => reads.includes(name)),
  );
  if (!concat) return undefined;
  const axis = concat.proto.attribute.find(({ name }) => name === 'axis')?.i ?? 0n;
  return { position, order: concat.proto.input.map((name) => streams.indexOf(name)), axis };
}

/** Two streams are enough: no published model joins more. */
function joinStreams(
  given: Positions,
  join: Join,
  isBefore: (node: GraphNode, position: number) => boolean,
): Positions {
  const [first, ...others] = join.order;
  if (first === undefined || others.length !== 1) return given;
  const length = lengthOf(given.positions[0]?.[first] ?? '', join.axis);
  const added: NodeProto[] = [...length.nodes];
  const shortcuts = new Map<string, { given: string; source: string }>();
  const renamed: { name: string; part: string; position: number }[] = [];
  const positions = given.positions.map((streams, position) => {
    if (position >= join.position) return streams;
    const joined = `refrain/joined/${position}`;
    const operands = join.order.map((nth) => streams[nth] ?? '');
    added.push(concatNode(joined, operands, join.axis));
    for (const [nth, source] of operands.entries()) {
      const part = `${joined}/${nth}`;
      added.push(sliceNode(part, joined, nth === 0 ? [ZERO, length.name] : [length.name, END], length.axis));
      shortcuts.set(part, { given: joined, source });
      renamed.push({ name: source, part, position });
    }
    return [joined];
  });
  const graph = replaceNodes(given.graph, {
    added,
    initializers: length.initializers,
    shortcuts,
    rename: (node, name) =>
      renamed.findLast((one) => one.name === name && !isBefore(node, one.position))?.part ?? name,
  });
  return { graph, positions, carried: [...given.carried, length.name] };
}

const ZERO = 'refrain/joined/zero';
const END = 'refrain/joined/end';

interface Length {
  readonly name: string;
  readonly axis: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

/** The size of a tensor along an axis, as a tensor of one element. */
function lengthOf(tensor: string, axis: bigint): Length {
  const [sizes, name, at] = ['refrain/joined/sizes', 'refrain/joined/length', 'refrain/joined/axis'];
  const nodes = [
    create(NodeProtoSchema, { opType: 'Shape', name: sizes, input: [tensor], output: [sizes] }),
    create(NodeProtoSchema, { opType: 'Gather', name, input: [sizes, at], output: [name] }),
  ];
  const initializers = [integer(at, axis), integer(ZERO, 0n), integer(END, 2n ** 63n - 1n)];
  return { name, axis: at, nodes, initializers };
}

function integer(name: string, value: bigint): TensorProto {
  return create(TensorProtoSchema, { name, dataType: INT64, dims: [1n], int64Data: [value] });
}

function concatNode(output: string, input: readonly string[], axis: bigint): NodeProto {
  const attribute = [create(AttributeProtoSchema, { name: 'axis', type: 2, i: axis })];
  return create(NodeProtoSchema, {
    opType: 'Concat',
    name: output,
    input: [...input],
    output: [output],
    attribute,
  });
}

function sliceNode(output: string, input: string, bounds: readonly string[], axis: string): NodeProto {
  return create(NodeProtoSchema, {
    opType: 'Slice',
    name: output,
    input: [input, ...bounds, axis],
    output: [output],
  });
}
