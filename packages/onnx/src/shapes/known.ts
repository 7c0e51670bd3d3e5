import { FLOAT32, INT64 } from '../graph/element-type.ts';
import type { AttributeProto, NodeProto, TensorProto } from '../graph/proto/onnx_pb.js';

/** What is known of a tensor without running anything. */
export interface Known {
  /** Sizes, outermost first. */
  readonly dims: readonly number[];
  /** Elements, where the tensor is a small one of integers: sizes are computed with such tensors. */
  readonly values?: readonly number[] | undefined;
  /** Elements of a small stored tensor of float32: how many times larger a `Resize` makes each axis. */
  readonly factors?: readonly number[] | undefined;
}

/** What a node gives, from what it reads; undefined for what cannot be told. */
export type Rule = (
  node: NodeProto,
  inputs: readonly (Known | undefined)[],
) => readonly (Known | undefined)[];

/** More elements than any list of sizes or axes has. */
const MAX_VALUES = 64;
const MAX_AXES = 8;
const INT32 = 6;

/** What a stored tensor says. */
export function knownOf(tensor: TensorProto): Known {
  return { dims: tensor.dims.map(Number), values: integersOf(tensor), factors: floatsOf(tensor) };
}

function floatsOf({ dataType, rawData, floatData, dims }: TensorProto): readonly number[] | undefined {
  const count = dims.map(Number).reduce((product, size) => product * size, 1);
  if (dataType !== FLOAT32 || count > MAX_AXES) return undefined;
  if (floatData.length > 0) return floatData;
  if (rawData.byteLength < count * 4) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: count }, (_, at) => view.getFloat32(at * 4, true));
}

function integersOf(tensor: TensorProto): readonly number[] | undefined {
  const { dataType, rawData, int64Data, int32Data, dims } = tensor;
  const count = dims.map(Number).reduce((product, size) => product * size, 1);
  if ((dataType !== INT64 && dataType !== INT32) || count > MAX_VALUES) return undefined;
  if (int64Data.length > 0) return int64Data.map(Number);
  if (int32Data.length > 0) return int32Data;
  const width = dataType === INT64 ? 8 : 4;
  if (rawData.byteLength < count * width) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: count }, (_, at) =>
    dataType === INT64 ? Number(view.getBigInt64(at * width, true)) : view.getInt32(at * width, true),
  );
}

/** A small tensor of integers. */
export function integers(values: readonly number[], scalar = false): Known {
  return { dims: scalar ? [] : [values.length], values: values.length <= MAX_VALUES ? values : undefined };
}

/** Number of elements. */
export function countOf({ dims }: Known): number {
  return dims.reduce((product, size) => product * size, 1);
}

/**
 * Elements of a tensor laid out anew.
 *
 * @param from - sizes and elements before
 * @param dims - sizes after
 * @param placeOf - where an element comes from, from where it goes to, both as one index for each axis
 */
export function moved(
  { dims: before, values }: Known,
  dims: readonly number[],
  placeOf: (place: readonly number[]) => readonly number[],
): readonly number[] | undefined {
  if (!values) return undefined;
  return Array.from({ length: countOf({ dims }) }, (_, nth) => {
    let rest = nth;
    const place = dims.toReversed().map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    });
    const source = placeOf(place.toReversed());
    return values[source.reduce((index, at, axis) => index * (before[axis] ?? 1) + at, 0)] ?? 0;
  });
}

/** An attribute of a node. */
export function attribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((one) => one.name === name);
}

/** An attribute that is an integer. */
export function integerOf(node: NodeProto, name: string, otherwise: number): number {
  const found = attribute(node, name);
  return found ? Number(found.i) : otherwise;
}

/** An attribute that is a list of integers. */
export function listOf(node: NodeProto, name: string): readonly number[] | undefined {
  return attribute(node, name)?.ints.map(Number);
}

/** The sizes that tensors have together: a size of 1 stretches. */
export function broadcast(...all: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) =>
    all.reduce((size, dims) => {
      const own = dims[axis - rank + dims.length] ?? 1;
      return own === 1 ? size : own;
    }, 1),
  );
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
