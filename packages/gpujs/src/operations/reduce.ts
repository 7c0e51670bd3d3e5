import type { Sums } from '@refrain/core';
import { GpuJsError } from '../errors.ts';
import { elementsOf, rowsOf } from '../gpu/grid.ts';
import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import {
  absoluteDifference,
  magnitude,
  normRatioKernel,
  partialSumsKernel,
  product,
  rowMotionKernel,
  sketchKernel,
  totalsKernel,
  type Partition,
  type Summand,
} from '../kernels/reduce.ts';
import { rankOf, requireEqualShapes, requireShape, widthOf } from './shapes.ts';

/** Beyond this many elements their numbers are no longer exact in float32. */
const MOST_ELEMENTS = 2 ** 24;

/**
 * Σ|current − reference| and Σ|reference|, in two levels on the device; two numbers are read back.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function relativeL1(current: DeviceTensor, reference: DeviceTensor): Promise<Sums> {
  requireEqualShapes('relative-l1', [current, reference]);
  return scratch(async (own) => {
    const differences = own(await partialSums(absoluteDifference, [current, reference]));
    const magnitudes = own(await partialSums(magnitude, [reference]));
    const [numerator = Number.NaN, denominator = Number.NaN] = await totals(differences, magnitudes);
    return { numerator, denominator, count: elementsOf(current.shape) };
  });
}

/** Σ|x|: not finite if any element is not. */
export function sumOfMagnitudes(x: DeviceTensor): Promise<number> {
  return total(magnitude, [x]);
}

/**
 * Σ a · b.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function innerProduct(a: DeviceTensor, b: DeviceTensor): Promise<number> {
  requireEqualShapes('inner-product', [a, b]);
  return total(product, [a, b]);
}

/**
 * Σ over rows of ‖current‖₂ / ‖reference‖₂ as the numerator, the number of rows as denominator and count.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function tokenNorms(current: DeviceTensor, reference: DeviceTensor): Promise<Sums> {
  requireEqualShapes('token-norms', [current, reference]);
  requireShape(current.shape.length >= 2, 'token-norms', 'rows of channels', [current.shape]);
  const rows = rowsOf(current.shape);
  return scratch(async (own) => {
    const ratios = own(
      await current.device.run(normRatioKernel(widthOf(current)), [current, reference], [rows]),
    );
    const [numerator = Number.NaN] = await totals(ratios);
    return { numerator, denominator: rows, count: rows };
  });
}

/**
 * Σ|f[lag:] − f[:−lag]| and Σ|f[lag:]| + Σ|f[:−lag]| along the frames, which are the outermost size.
 *
 * @param x - `[frames, …, channels]`
 * @param lag - in frames
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function motion(x: DeviceTensor, lag: number): Promise<Sums> {
  const frames = x.shape[0] ?? 1;
  const fits = x.shape.length >= 2 && Number.isInteger(lag) && lag > 0;
  requireShape(fits, 'motion', `frames of rows, and a lag of whole frames (${lag} was given)`, [x.shape]);
  if (lag >= frames) return Promise.resolve({ numerator: 0, denominator: 0, count: 0 });
  const shift = (rowsOf(x.shape) / frames) * lag;
  const rows = [rowsOf(x.shape) - shift];
  const width = widthOf(x);
  return scratch(async (own) => {
    const differences = own(await x.device.run(rowMotionKernel(width, shift, 'difference'), [x], rows));
    const magnitudes = own(await x.device.run(rowMotionKernel(width, shift, 'magnitude'), [x], rows));
    const [numerator = Number.NaN, denominator = Number.NaN] = await totals(differences, magnitudes);
    return { numerator, denominator, count: elementsOf(rows) * width };
  });
}

/**
 * Elements 0, stride, 2 · stride, … of a tensor, row after row.
 *
 * @param x - of at most 2²⁴ elements
 * @param stride - a positive integer
 * @returns a vector
 * @throws GpuJsError `LIMIT_EXCEEDED`, `SHAPE_MISMATCH`; what running a kernel throws
 */
export async function sketch(x: DeviceTensor, stride: number): Promise<DeviceTensor> {
  const elements = elementsOf(x.shape);
  requireShape(
    Number.isInteger(stride) && stride > 0,
    'sketch',
    `a positive integer stride (${stride} was given)`,
    [x.shape],
  );
  if (elements > MOST_ELEMENTS)
    throw new GpuJsError(
      'LIMIT_EXCEEDED',
      `sketch: expected at most ${MOST_ELEMENTS} elements, got ${elements}; measure the whole feature (stride 1 or none)`,
    );
  const kernel = sketchKernel(widthOf(x), stride, rankOf(x));
  return x.device.run(kernel, [x], [Math.ceil(elements / stride)]);
}

function total(summand: Summand, tensors: readonly DeviceTensor[]): Promise<number> {
  return scratch(async (own) => {
    const [sum = Number.NaN] = await totals(own(await partialSums(summand, tensors)));
    return sum;
  });
}

function partialSums(summand: Summand, tensors: readonly DeviceTensor[]): Promise<DeviceTensor> {
  const [first] = tensors as readonly [DeviceTensor];
  const partition = partitionOf(first);
  return first.device.run(partialSumsKernel(summand, partition), tensors, [partition.parts]);
}

/** The rows of a matrix; about as many parts as each has elements for a vector. */
function partitionOf(tensor: DeviceTensor): Partition {
  const elements = elementsOf(tensor.shape);
  if (rankOf(tensor) === 2) return { rank: 2, parts: rowsOf(tensor.shape), size: widthOf(tensor), elements };
  const size = Math.ceil(Math.sqrt(elements));
  return { rank: 1, parts: Math.ceil(elements / size), size, elements };
}

function totals(first: DeviceTensor, second?: DeviceTensor): Promise<Float32Array> {
  const vectors = second ? 2 : 1;
  const kernel = totalsKernel(elementsOf(first.shape), vectors);
  return first.device.reduce(kernel, second ? [first, second] : [first], vectors);
}
