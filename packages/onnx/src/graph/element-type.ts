import type { Tensor } from 'onnxruntime-common';

/** ONNX codes of element types and the names that ONNX Runtime gives them. */
const names: readonly (readonly [number, Tensor.Type])[] = [
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
];

/** ONNX code of float32. */
export const FLOAT32 = 1;
/** ONNX code of float16. */
export const FLOAT16 = 10;
/** ONNX code of int64. */
export const INT64 = 7;

/**
 * Name of an element type, such as `float32`.
 *
 * @param code - as in the file
 * @returns the runtime's name, or `type 16` for a code without one
 */
export function elementTypeName(code: number): string {
  return names.find(([known]) => known === code)?.[1] ?? `type ${code}`;
}
