import { fromBinary } from '@bufbuild/protobuf';
import { asError, OnnxError } from '../errors.ts';
import { bodiesOf } from './captures.ts';
import { externalWeights } from './external-data.ts';
import { inlineFunctions } from './functions.ts';
import type { Graph, TensorDeclaration } from './graph.ts';
import { indexNodes } from './index-nodes.ts';
import { ModelProtoSchema } from './proto/onnx_pb.js';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './proto/onnx_pb.js';

/** Oldest version of the standard operators that is read: the first in which all operators give axes and sizes as they do now. */
const OLDEST_OPSET = 13;

/** Where a model comes from. */
export interface ReadOptions {
  /** Absolute path of the folder in which the files with its weights lie, if they are not inside. */
  readonly folder?: string | undefined;
}

/**
 * Reads an ONNX model and checks that its graph hangs together. Weights are views of the given bytes, not copies; weights in
 * other files are noted and not opened. Functions that the model defines are replaced by their bodies.
 *
 * @param bytes - content of an `.onnx` file
 * @param options - where it comes from
 * @throws OnnxError `MODEL_UNREADABLE` for bytes that are no model, a truncated file, a graph with a cycle or with a tensor
 * that nothing produces; `MODEL_UNSUPPORTED` for operators older than version 13, and for functions that cannot be
 * replaced; `EXTERNAL_DATA` for weights outside the folder of the model.
 *
 * @example
 * ```ts
 * const graph = readGraph(await readFile('transformer.onnx'));
 * console.log(graph.nodes.length, graph.inputs.map(({ name }) => name));
 * ```
 */
export function readGraph(bytes: Uint8Array, { folder }: ReadOptions = {}): Graph {
  const model = decode(bytes);
  const proto = model.graph;
  if (!proto || proto.node.length === 0) throw unreadable('it holds no graph');
  const opset = standardOpset(model);
  try {
    for (const node of [...proto.node, ...model.functions.flatMap((one) => one.node)])
      trimOptionalInputs(node);
    const nodes = inlineFunctions(model);
    return {
      model,
      proto,
      opset,
      folder,
      externalWeights: externalWeights(proto),
      ...indexGraph(proto, nodes),
    };
  } catch (thrown) {
    // Bodies of control flow within each other, thousands deep.
    if (thrown instanceof RangeError) throw unreadable(`it is nested too deeply (${thrown.message})`, thrown);
    throw thrown;
  }
}

function indexGraph(
  proto: GraphProto,
  nodes: readonly NodeProto[],
): Omit<Graph, 'model' | 'proto' | 'opset' | 'folder' | 'externalWeights'> {
  const initializers = new Map(proto.initializer.map((tensor) => [tensor.name, tensor]));
  const inputs = proto.input.filter(({ name }) => !initializers.has(name)).map(declaration);
  const outputs = proto.output.map(declaration);
  const known = new Set([...initializers.keys(), ...inputs.map(({ name }) => name)]);
  const indexed = indexNodes(nodes, known);
  for (const { name } of outputs)
    if (!known.has(name) && !indexed.producers.has(name))
      throw unreadable(`nothing produces its output "${name}"`);
  return { initializers, inputs, outputs, ...indexed };
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
  const version = Number(standard.version);
  if (version >= OLDEST_OPSET) return version;
  throw new OnnxError(
    'MODEL_UNSUPPORTED',
    `the model uses version ${version} of the standard operators, expected ${OLDEST_OPSET} or newer: export it again with opset_version=17`,
  );
}

/**
 * An empty name stands for an optional input that is left out. At the end it says nothing, and ONNX Runtime 1.30 crashes
 * the process on it when it fuses LayerNormalization, so it must never reach the runtime.
 */
function trimOptionalInputs(node: NodeProto): void {
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
