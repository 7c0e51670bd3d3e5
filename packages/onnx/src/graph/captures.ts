import type { GraphProto, NodeProto } from './proto/onnx_pb.js';

/**
 * Names that a node reads: its own inputs, and what the bodies of control flow (`If`, `Loop`, `Scan`) take from outside,
 * which the format does not list as inputs.
 *
 * @param node - as it stands in the file
 * @returns each name once, without the empty names of left-out optional inputs
 */
export function namesRead(node: NodeProto): readonly string[] {
  const names = new Set(node.input);
  for (const body of bodiesOf(node)) for (const name of freeNames(body)) names.add(name);
  names.delete('');
  return [...names];
}

/** Subgraphs in the attributes of a node. */
export function bodiesOf(node: NodeProto): readonly GraphProto[] {
  return node.attribute.flatMap((attribute) =>
    attribute.g ? [attribute.g, ...attribute.graphs] : attribute.graphs,
  );
}

/** Names that a body uses and does not define itself. */
function freeNames(body: GraphProto): ReadonlySet<string> {
  const free = new Set<string>();
  for (const node of body.node) for (const name of namesRead(node)) free.add(name);
  for (const output of body.output) free.add(output.name);
  for (const input of body.input) free.delete(input.name);
  for (const tensor of body.initializer) free.delete(tensor.name);
  for (const node of body.node) for (const name of node.output) free.delete(name);
  return free;
}
