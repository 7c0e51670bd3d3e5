import { fromBinary } from '@bufbuild/protobuf';
import { asError, OnnxError } from '../errors.ts';
import { bodiesOf } from './captures.ts';
import type { Graph, TensorDeclaration } from './graph.ts';
import { indexNodes } from './index-nodes.ts';
import { ModelProtoSchema } from './proto/onnx_pb.js';
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from './proto/onnx_pb.js';

/**
 * Reads an ONNX model and checks that its graph hangs together. Weights are views of the given bytes, not copies.
 *
 * @param bytes - content of an `.onnx` file whose weights are inside
 * @throws OnnxError `MODEL_UNREADABLE` for bytes that are no model, a truncated file, a graph with a cycle or with a tensor
 * that nothing produces; `MODEL_UNSUPPORTED` for weights in other files.
 *
 * @example
 * ```ts
 * const graph = readGraph(await readFile('transformer.onnx'));
 * console.log(graph.nodes.length, graph.inputs.map(({ name }) => name));
 * ```
 */
export function readGraph(bytes: Uint8Array): Graph {
  const model = decode(bytes);
  const proto = model.graph;
  if (!proto || proto.node.length === 0) throw unreadable('it holds no graph');
  for (const tensor of proto.initializer) refuseExternal(tensor);
  for (const node of proto.node) trimOptionalInputs(node);
  const initializers = new Map(proto.initializer.map((tensor) => [tensor.name, tensor]));
  const inputs = proto.input.filter(({ name }) => !initializers.has(name)).map(declaration);
  const outputs = proto.output.map(declaration);
  const known = new Set([...initializers.keys(), ...inputs.map(({ name }) => name)]);
  const indexed = indexNodes(proto.node, known);
  for (const { name } of outputs)
    if (!known.has(name) && !indexed.producers.has(name))
      throw unreadable(`nothing produces its output "${name}"`);
  return { model, proto, initializers, inputs, outputs, opset: standardOpset(model), ...indexed };
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (thrown) {
    throw unreadable(`the protobuf is broken or cut off (${asError(thrown).message})`, thrown);
  }
}

function standardOpset(model: ModelProto): number {
  const standard = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (!standard) throw unreadable('it names no version of the standard operator set');
  return Number(standard.version);
}

function refuseExternal(tensor: TensorProto): void {
  if (tensor.dataLocation === 1)
    throw new OnnxError(
      'MODEL_UNSUPPORTED',
      `the weight "${tensor.name}" lies in another file; save the model with its weights inside`,
    );
}

/**
 * An empty name stands for an optional input that is left out. At the end it says nothing, and ONNX Runtime 1.30 crashes
 * the process on it when it fuses LayerNormalization, so it must never reach the runtime.
 */
function trimOptionalInputs(node: GraphProto['node'][number]): void {
  while (node.input.at(-1) === '') node.input.pop();
  for (const body of bodiesOf(node)) for (const inner of body.node) trimOptionalInputs(inner);
}

function declaration(info: ValueInfoProto): TensorDeclaration {
  const tensor = info.type?.tensorType;
  const shape = tensor?.shape?.dim.map(({ dimParam, dimValue }, axis) =>
    dimValue > 0n ? Number(dimValue) : dimParam || `${info.name}[${axis}]`,
  );
  return { name: info.name, elementType: tensor?.elemType ?? 0, shape };
}

function unreadable(message: string, cause?: unknown): OnnxError {
  return new OnnxError('MODEL_UNREADABLE', `this is not a usable ONNX model: ${message}`, { cause });
}
