import { create, toBinary } from '@bufbuild/protobuf';
import type { ModelCut } from '../cut/cut-model.ts';
import { FLOAT16, FLOAT32 } from '../graph/element-type.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  ValueInfoProtoSchema,
} from '../graph/proto/onnx_pb.js';
import type { ValueInfoProto } from '../graph/proto/onnx_pb.js';
import type { CompiledDescription } from './description.ts';
import { FLOAT64, type NodeWriter } from './node-writer.ts';
import { declared, INDICATOR, REUSED, type StateTensor } from './state.ts';

/** Under this key the description stands in the metadata of the file. */
const METADATA = 'refrain';

/** What a graph has besides the model's own inputs and output. */
export interface Additions {
  /** Further inputs. */
  readonly inputs: readonly ValueInfoProto[];
  /** Further outputs: by name, where the type is inferred. */
  readonly outputs: readonly (string | ValueInfoProto)[];
  /** Goes into the metadata. */
  readonly description?: CompiledDescription;
  /** Inputs and weights of the model that are used; left out, all of them stay. */
  readonly only?: ReadonlySet<string>;
}

/**
 * The file of the model with another graph: operator sets, functions and unknown fields stay.
 *
 * @param cut - the model
 * @param writer - the nodes, and their constants
 * @param additions - further inputs and outputs
 */
export function encodeGraph(
  { graph, output }: ModelCut,
  { nodes, constants }: NodeWriter,
  { inputs, outputs, description, only }: Additions,
): Uint8Array {
  const isUsed = ({ name }: { readonly name: string }): boolean => only?.has(name) ?? true;
  const written = Object.assign(create(GraphProtoSchema), graph.proto, {
    node: [...nodes],
    initializer: [...graph.proto.initializer.filter(isUsed), ...constants],
    input: [...graph.proto.input.filter(isUsed), ...inputs],
    output: [
      graph.proto.output.find(({ name }) => name === output) ?? untyped(output),
      ...outputs.map((one) => (typeof one === 'string' ? untyped(one) : one)),
    ],
    valueInfo: [],
  });
  const metadataProps = graph.model.metadataProps.filter(({ key }) => key !== METADATA);
  if (description)
    metadataProps.push(
      create(StringStringEntryProtoSchema, { key: METADATA, value: JSON.stringify(description) }),
    );
  const file = Object.assign(create(ModelProtoSchema), graph.model, { graph: written, metadataProps });
  return toBinary(ModelProtoSchema, file);
}

/**
 * The file of a compiled graph.
 *
 * @param cut - the model
 * @param writer - the nodes, and their constants
 * @param states - further inputs and outputs
 * @param description - goes into the metadata
 */
export function encodeCompiled(
  cut: ModelCut,
  writer: NodeWriter,
  states: readonly StateTensor[],
  description: CompiledDescription,
): Uint8Array {
  const written = new Set(writer.nodes.flatMap((node) => node.output));
  return encodeGraph(cut, writer, {
    inputs: states.map(({ input, type }) => stateInfo(input, type)),
    outputs: [
      ...[REUSED, INDICATOR].filter((name) => written.has(name)),
      // The type of a feature is inferred: its shape is not known.
      ...states.map((state) =>
        state.type === 'float64' ? stateInfo(state.output, state.type) : state.output,
      ),
    ],
    description,
  });
}

function stateInfo(name: string, type: StateTensor['type']): ValueInfoProto {
  if (type === 'float64') return declared(name, FLOAT64, 1);
  return declared(name, type === 'float16' ? FLOAT16 : FLOAT32);
}

function untyped(name: string): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name });
}
