import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';
import type { GraphProto, NodeProto } from '../src/graph/proto/onnx_pb.js';

/** Numbers from 0 up to 1, the same for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)]!;
}

/**
 * A model file with a few faults: in its bytes, or in what they mean.
 *
 * @param bytes - a valid file
 * @param seed - which faults
 */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed);
  if (random() < 0.3) return mutatedBytes(bytes, random);
  const model = fromBinary(ModelProtoSchema, bytes);
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--)
    if (model.graph) pick(faults, random)(model.graph, random);
  if (random() < 0.05) for (const one of model.opsetImport) one.version = BigInt(Math.floor(random() * 40));
  return toBinary(ModelProtoSchema, model);
}

function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = random() < 0.3 ? bytes.slice(0, Math.floor(random() * bytes.length)) : bytes.slice();
  for (let count = Math.floor(random() * 8); count > 0 && copy.length > 0; count--)
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return copy;
}

type Fault = (graph: GraphProto, random: Random) => void;

const operators = [
  'Add',
  'MatMul',
  'Softmax',
  'Shape',
  'Concat',
  'Split',
  'Reshape',
  'Identity',
  'If',
  'Nothing',
  '',
];

const faults: readonly Fault[] = [
  (graph, random) => graph.node.splice(Math.floor(random() * graph.node.length), 1),
  (graph, random) => graph.node.push(pick(graph.node, random)),
  (graph, random) => rewire(graph, pick(graph.node, random), random),
  (graph, random) => rewire(graph, pick(graph.node, random), random),
  (graph, random) => pick(graph.node, random).input.pop(),
  (graph, random) => {
    const node = pick(graph.node, random);
    node.input[Math.floor(random() * 3)] = pick(['', 'nowhere', ...node.output], random);
  },
  (graph, random) => (pick(graph.node, random).opType = pick(operators, random)),
  (graph, random) => (pick(graph.node, random).output[0] = pick(tensors(graph), random)),
  (graph, random) => (pick(graph.node, random).attribute = pick(graph.node, random).attribute),
  (graph, random) => {
    for (const attribute of pick(graph.node, random).attribute) {
      attribute.i = BigInt(Math.floor(random() * 20) - 10);
      attribute.ints = attribute.ints.map(() => BigInt(Math.floor(random() * 20) - 10));
    }
  },
  (graph, random) => graph.initializer.splice(Math.floor(random() * graph.initializer.length), 1),
  (graph, random) => {
    const tensor = pick(graph.initializer, random);
    tensor.dims = pick<bigint[]>(
      [[], [-1n], [0n], [2n ** 40n, 2n ** 40n], [...tensor.dims].toReversed()],
      random,
    );
  },
  (graph, random) => (pick(graph.initializer, random).dataType = Math.floor(random() * 30)),
  (graph, random) => (pick(graph.initializer, random).rawData = new Uint8Array(Math.floor(random() * 9))),
  (graph, random) => graph.input.splice(Math.floor(random() * graph.input.length), 1),
  (graph, random) => (pick(graph.output, random).name = pick(tensors(graph), random)),
  (graph, random) => {
    const dims = pick(graph.input, random)?.type?.tensorType?.shape?.dim ?? [];
    for (const dim of dims) if (random() < 0.5) dim.dimValue = BigInt(Math.floor(random() * 9) - 3);
  },
  (graph, random) => {
    const type = pick([...graph.input, ...graph.output], random)?.type;
    if (type?.tensorType) type.tensorType.elemType = Math.floor(random() * 25);
  },
  (graph) => {
    graph.node = graph.node.toReversed();
  },
];

function rewire(graph: GraphProto, node: NodeProto, random: Random): void {
  if (node.input.length > 0)
    node.input[Math.floor(random() * node.input.length)] = pick(tensors(graph), random);
}

function tensors(graph: GraphProto): readonly string[] {
  return [...graph.node.flatMap(({ output }) => output), ...graph.input.map(({ name }) => name), 'nowhere'];
}
