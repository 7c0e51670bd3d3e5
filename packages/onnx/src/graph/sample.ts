import { create } from '@bufbuild/protobuf';
import { INT64 } from './element-type.ts';
import { NodeProtoSchema, TensorProtoSchema } from './proto/onnx_pb.js';
import type { NodeProto, TensorProto } from './proto/onnx_pb.js';

/** Elements 0, stride, 2·stride, … of a flattened tensor. */
export interface Sample {
  /** The tensor that is sampled. */
  readonly source: string;
  /** Distance of the elements, at least 2. */
  readonly stride: number;
}

/** What has to be added to a graph to take a sample. */
export interface Sampler {
  /** The tensor that is sampled. */
  readonly source: string;
  /** The tensor that holds the sample. */
  readonly output: string;
  /** `Reshape` to one dimension and `Slice` with a step. */
  readonly nodes: readonly NodeProto[];
  /** Their constants. */
  readonly initializers: readonly TensorProto[];
}

/**
 * Name of the tensor that holds a sample.
 *
 * @param sample - what is sampled, and how
 */
export function sampleName({ source, stride }: Sample): string {
  return `refrain/sample/${stride}/${source}`;
}

/**
 * Nodes that take a sample inside the graph, so that only the sample is copied out.
 *
 * @param sample - what to sample, and how
 */
export function samplerOf(sample: Sample): Sampler {
  const output = sampleName(sample);
  const constant = (role: string, value: bigint): TensorProto =>
    create(TensorProtoSchema, {
      name: `${output}/${role}`,
      dataType: INT64,
      dims: [1n],
      int64Data: [value],
    });
  const flat = constant('flat', -1n);
  const bounds = [
    constant('start', 0n),
    constant('end', 2n ** 63n - 1n),
    constant('axis', 0n),
    constant('step', BigInt(sample.stride)),
  ];
  const flattened = `${output}/flattened`;
  const nodes = [
    create(NodeProtoSchema, {
      opType: 'Reshape',
      name: `${output}/reshape`,
      input: [sample.source, flat.name],
      output: [flattened],
    }),
    create(NodeProtoSchema, {
      opType: 'Slice',
      name: `${output}/slice`,
      input: [flattened, ...bounds.map(({ name }) => name)],
      output: [output],
    }),
  ];
  return { source: sample.source, output, nodes, initializers: [flat, ...bounds] };
}
