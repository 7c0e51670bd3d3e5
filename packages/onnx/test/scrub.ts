import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';

/** A model without any hint in its names, and with its nodes in reverse order. Inputs and outputs keep their names. */
export function scrubbed(bytes: Uint8Array): Uint8Array {
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
  return toBinary(ModelProtoSchema, model);
}
