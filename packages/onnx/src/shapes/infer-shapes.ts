import type { Graph, TensorDeclaration } from '../graph/graph.ts';
import type { GraphProto, NodeProto, ValueInfoProto } from '../graph/proto/onnx_pb.js';
import { attribute, knownOf, type Known } from './known.ts';
import { rules } from './rules.ts';

/**
 * Sizes of tensors for given sizes of the inputs, without running anything: sizes that the model computes are computed along.
 * What operators do not tell is taken from what the file declares; the rest is left out.
 *
 * @param graph - the model
 * @param dimensions - sizes for free dimensions by their names; 1 where left out
 */
export function inferShapes(
  graph: Graph,
  dimensions: Readonly<Record<string, number>>,
): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  for (const [name, tensor] of graph.initializers) known.set(name, knownOf(tensor));
  for (const input of graph.inputs) noteDeclared(known, input, dimensions);
  const declared = new Map(graph.proto.valueInfo.map((info) => [info.name, info]));
  for (const { operator, proto } of graph.nodes) {
    const outputs = outputsOf(operator, proto, known);
    for (const [nth, name] of proto.output.entries()) {
      const output = outputs[nth] ?? declaredSizes(declared.get(name), dimensions);
      if (name !== '' && output && output.dims.every(Number.isFinite)) known.set(name, output);
    }
  }
  return known;
}

function outputsOf(
  operator: string,
  proto: NodeProto,
  known: Map<string, Known>,
): readonly (Known | undefined)[] {
  const inputs = proto.input.map((name) => known.get(name));
  if (operator !== 'If') return rules.get(operator)?.(proto, inputs) ?? [];
  const condition = inputs[0]?.values?.[0];
  const branch = attribute(proto, condition === 0 ? 'else_branch' : 'then_branch')?.g;
  return condition === undefined || !branch ? [] : outputsOfBody(branch, known);
}

/** Exporters ask at run time whether an axis can be dropped, which is mostly known. Names in bodies are their own. */
function outputsOfBody(body: GraphProto, known: Map<string, Known>): readonly (Known | undefined)[] {
  for (const tensor of body.initializer) known.set(tensor.name, knownOf(tensor));
  for (const node of body.node)
    for (const [nth, output] of outputsOf(node.opType, node, known).entries()) {
      const name = node.output[nth];
      if (name !== undefined && name !== '' && output) known.set(name, output);
    }
  return body.output.map(({ name }) => known.get(name));
}

function noteDeclared(
  known: Map<string, Known>,
  { name, shape }: TensorDeclaration,
  dimensions: Readonly<Record<string, number>>,
): void {
  const dims = shape?.map((size) => (typeof size === 'number' ? size : (dimensions[size] ?? 1)));
  if (dims) known.set(name, { dims });
}

/** Sizes by name are only those of inputs: others, such as `3*batch`, are not worked out. */
function declaredSizes(
  info: ValueInfoProto | undefined,
  dimensions: Readonly<Record<string, number>>,
): Known | undefined {
  const shape = info?.type?.tensorType?.shape?.dim;
  const dims = shape?.map(({ dimParam, dimValue }) =>
    dimParam === '' ? Number(dimValue) : dimensions[dimParam],
  );
  return dims?.every((size) => size !== undefined) ? { dims } : undefined;
}
