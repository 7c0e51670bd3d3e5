import { GpuJsError } from '../errors.ts';
import { gridOf, signatureOf, type Shape } from '../gpu/grid.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import type { Rank } from '../kernels/elementwise.ts';

/** A row of a matrix, such as the scale or the gate of a block among its six modulations. */
export interface TableRow {
  readonly table: DeviceTensor;
  readonly row: number;
}

/** How many dimensions the grid of a tensor has. */
export function rankOf({ shape }: DeviceTensor): Rank {
  return gridOf(shape).length === 1 ? 1 : 2;
}

/** Columns of a tensor: its innermost size. */
export function widthOf({ shape }: DeviceTensor): number {
  return shape.at(-1) ?? 1;
}

/**
 * Refuses tensors that do not go with an operation.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`
 */
export function requireShape(
  fits: boolean,
  operation: string,
  expected: string,
  shapes: readonly Shape[],
): void {
  if (fits) return;
  throw new GpuJsError(
    'SHAPE_MISMATCH',
    `${operation}: expected ${expected}, got ${shapes.map(signatureOf).join(' and ')}`,
  );
}

/**
 * Refuses tensors of different shapes.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`
 */
export function requireEqualShapes(operation: string, tensors: readonly DeviceTensor[]): void {
  const fits = new Set(tensors.map(({ signature }) => signature)).size <= 1;
  requireShape(
    fits,
    operation,
    'tensors of one shape',
    tensors.map(({ shape }) => shape),
  );
}

/**
 * Refuses a row that a table does not have, or that is not as wide as what it goes with.
 *
 * @throws GpuJsError `SHAPE_MISMATCH`
 */
export function requireRow(operation: string, { table, row }: TableRow, width: number): void {
  const [rows = 0, columns] = table.shape;
  const fits =
    table.shape.length === 2 && columns === width && Number.isInteger(row) && row >= 0 && row < rows;
  requireShape(fits, operation, `row ${row} of a table with ${width} columns`, [table.shape]);
}
