import { create } from '@bufbuild/protobuf';
import {
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from '../graph/proto/onnx_pb.js';
import type { ValueInfoProto } from '../graph/proto/onnx_pb.js';

/** What begins with this is fed to a compiled graph; what comes back begins with {@link NEXT}. */
export const STATE = 'refrain.state.';
/** The state for the next step. */
export const NEXT = 'refrain.next.';
/** The output that says whether the step was reused. */
export const REUSED = 'refrain.reused';
/** The output with the number that was compared with the threshold. */
export const INDICATOR = 'refrain.indicator';

/** A tensor that a host carries from one step to the next. */
export interface StateTensor {
  /** Name of the input: `refrain.state.` and what it is. */
  readonly input: string;
  /** Name of the output that has its next value: `refrain.next.` and what it is. */
  readonly output: string;
  /** `float64` numbers of the rule, of shape `[1]`; features in the type of the model. */
  readonly type: 'float64' | 'float32' | 'float16';
  /** What it starts with: a number, or an empty tensor of shape `[0]`. One for each branch, in order. */
  readonly initial: readonly (number | 'empty')[];
  /** What it is, in words. */
  readonly about: string;
}

/** Declares an input or output. */
export function declared(name: string, elemType: number, size?: number): ValueInfoProto {
  const dim =
    size === undefined ? undefined : [create(TensorShapeProto_DimensionSchema, { dimValue: BigInt(size) })];
  const shape = dim && create(TensorShapeProtoSchema, { dim });
  const tensorType = create(TypeProto_TensorSchema, { elemType, ...(shape && { shape }) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { tensorType }) });
}
