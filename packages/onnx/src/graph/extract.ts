import { create, toBinary } from '@bufbuild/protobuf';
import { FLOAT32 } from './element-type.ts';
import type { Graph } from './graph.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.js';
import type { GraphProto, ValueInfoProto } from './proto/onnx_pb.js';
import { samplerOf, type Sample } from './sample.ts';
import { backwardSlice } from './slice.ts';

/** A part of a model, as a model of its own. */
export interface Extraction {
  /** Tensors that become inputs if they are needed: name → ONNX code of the element type. */
  readonly given: ReadonlyMap<string, number>;
  /** Tensors that become outputs. */
  readonly wanted: readonly string[];
  /** Subsamples that become outputs. */
  readonly samples?: readonly Sample[];
}

/**
 * Cuts a part out of a model. Weights that the part does not need are left out; everything else of the file (operator
 * sets, metadata, fields that this package does not know) is kept. Weights in other files stay there.
 *
 * @param graph - the whole model
 * @param part - where to stop and what to return
 * @returns an ONNX file
 */
export function extract(graph: Graph, part: Extraction): Uint8Array<ArrayBuffer> {
  const samplers = (part.samples ?? []).map(samplerOf);
  const sources = samplers.map(({ source }) => source);
  const slice = backwardSlice(graph, part.given.keys(), [...part.wanted, ...sources]);
  const outputs = [...new Set(part.wanted), ...samplers.map(({ output }) => output)];
  const cut = create(GraphProtoSchema, {
    name: graph.proto.name,
    node: [...slice.nodes.map(({ proto }) => proto), ...samplers.flatMap(({ nodes }) => nodes)],
    initializer: [
      ...graph.proto.initializer.filter(({ name }) => slice.initializers.has(name)),
      ...samplers.flatMap(({ initializers }) => initializers),
    ],
    input: [
      ...slice.given.map((name) => typedInput(name, part.given.get(name) ?? FLOAT32)),
      ...graph.proto.input.filter(({ name }) => slice.inputs.includes(name)),
    ],
    output: outputs.map((name) => declaredOutput(graph, name)),
  });
  return encode(graph, cut);
}

/** The file as it was, with another graph: operator sets and unknown fields stay. Functions have been replaced by their bodies. */
function encode(graph: Graph, cut: GraphProto): Uint8Array<ArrayBuffer> {
  if (graph.proto.$unknown) cut.$unknown = graph.proto.$unknown;
  const file = Object.assign(create(ModelProtoSchema), graph.model);
  file.graph = cut;
  file.functions = [];
  return toBinary(ModelProtoSchema, file);
}

/** Without a shape: the runtime infers what it can, and all batch sizes stay possible. */
function typedInput(name: string, elementType: number): ValueInfoProto {
  const tensorType = create(TypeProto_TensorSchema, { elemType: elementType });
  const type = create(TypeProtoSchema, { tensorType });
  return create(ValueInfoProtoSchema, { name, type });
}

/** Outputs inside the model carry a name only: the runtime infers their type. */
function declaredOutput(graph: Graph, name: string): ValueInfoProto {
  return (
    graph.proto.output.find((declared) => declared.name === name) ?? create(ValueInfoProtoSchema, { name })
  );
}
