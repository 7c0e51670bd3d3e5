import type { WeightedFeature } from '@refrain/core';
import { GpuJsError } from '../errors.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import {
  addRowKernel,
  combineKernel,
  copyKernel,
  foldKernel,
  gatedSumKernel,
  subtractKernel,
} from '../kernels/elementwise.ts';
import { rankOf, requireEqualShapes, requireRow, requireShape, widthOf, type TableRow } from './shapes.ts';

/** Tensors that one kernel combines: WebGPU grants 8 buffers, and the result takes one. */
const MOST_TERMS = 7;

/** The same values in memory of their own. */
export function copy(x: DeviceTensor): Promise<DeviceTensor> {
  return x.device.run(copyKernel(rankOf(x)), [x], x.shape);
}

/**
 * minuend − subtrahend.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function subtract(minuend: DeviceTensor, subtrahend: DeviceTensor): Promise<DeviceTensor> {
  requireEqualShapes('subtract', [minuend, subtrahend]);
  return minuend.device.run(subtractKernel(rankOf(minuend)), [minuend, subtrahend], minuend.shape);
}

/**
 * Σ weight · tensor, in float32 from left to right. A single tensor with the weight 1 is copied bit by bit.
 *
 * @param terms - at least one, all of one shape
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export async function combine(terms: readonly WeightedFeature<DeviceTensor>[]): Promise<DeviceTensor> {
  const [first] = terms;
  if (!first) throw new GpuJsError('SHAPE_MISMATCH', 'combine: expected at least one term, got none');
  const features = terms.map(({ feature }) => feature);
  requireEqualShapes('combine', features);
  if (terms.length === 1 && first.weight === 1) return copy(first.feature);
  const now = terms.slice(0, MOST_TERMS);
  const sum = await first.feature.device.run(
    combineKernel(now.length, rankOf(first.feature)),
    [...now.map(({ feature }) => feature), ...now.map(({ weight }) => weight)],
    first.feature.shape,
  );
  const rest = terms.slice(MOST_TERMS);
  if (rest.length === 0) return sum;
  try {
    return await combine([{ weight: 1, feature: sum }, ...rest]);
  } finally {
    sum.dispose();
  }
}

/**
 * x + gate · value: how a module's value enters the stream.
 *
 * @param x - `[…, channels]`
 * @param value - shaped like x
 * @param gate - one factor for each channel
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function gatedSum(x: DeviceTensor, value: DeviceTensor, gate: TableRow): Promise<DeviceTensor> {
  requireEqualShapes('gated-sum', [x, value]);
  requireRow('gated-sum', gate, widthOf(x));
  return x.device.run(gatedSumKernel, [x, value, gate.table, gate.row], x.shape);
}

/**
 * Adds a row of a table to every row of x.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function addRow(x: DeviceTensor, row: TableRow): Promise<DeviceTensor> {
  requireRow('add-row', row, widthOf(x));
  return x.device.run(addRowKernel, [x, row.table, row.row], x.shape);
}

/**
 * Makes a table of one long row.
 *
 * @param x - `[1, rows · width]`
 * @param width - columns of the table
 * @returns `[rows, width]`
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function fold(x: DeviceTensor, width: number): Promise<DeviceTensor> {
  const rows = widthOf(x) / width;
  const fits = x.shape.length === 2 && x.shape[0] === 1 && Number.isInteger(rows);
  requireShape(fits, 'fold', `[1, a multiple of ${width}]`, [x.shape]);
  return x.device.run(foldKernel(width), [x], [rows, width]);
}
