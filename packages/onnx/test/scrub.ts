import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';

/**
 * A model without any hint in its names, and with its nodes in reverse order, or in a random one. Inputs and outputs keep their
 * names.
 */
export function scrubbed(bytes: Uint8Array, seed?: number): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (!graph) return bytes;
  const kept = new Set([...graph.input, ...graph.output].map(({ name }) => name));
  const names = new Map<string, string>();
  const rename = (name: string): string => {
    if (name === '' || kept.has(name)) return name;
    const renamed = names.get(name) ?? `n${((names.size + 1) * 2654435761) % 4294967296}`;
    names.set(name, renamed);
    return renamed;
  };
  for (const node of graph.node) {
    node.name = '';
    node.metadataProps = [];
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  for (const tensor of graph.initializer) tensor.name = rename(tensor.name);
  graph.node.reverse();
  if (seed !== undefined) shuffle(graph.node, seed);
  return toBinary(ModelProtoSchema, model);
}

/** Fisher and Yates, with a linear congruential generator. */
function shuffle(items: unknown[], seed: number): void {
  let state = seed;
  for (let last = items.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
