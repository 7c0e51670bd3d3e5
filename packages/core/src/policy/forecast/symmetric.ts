import { at, cell, type Matrix } from './matrix.ts';

/** Eigenvalues of a symmetric matrix in descending order, and their orthonormal vectors: one row each. */
export interface SymmetricEigen {
  readonly values: readonly number[];
  readonly vectors: Matrix;
}

/** Jacobi's rotations converge quadratically: matrices of a handful of rows need about six sweeps. */
const MOST_SWEEPS = 50;

/** Squares off the diagonal below this share of all squares are rounding errors. */
const EPSILON = 1e-34;

/** Eigenvalues and vectors of a small symmetric matrix, by Jacobi's rotations. */
export function symmetricEigen(matrix: Matrix): SymmetricEigen {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, row) => matrix.map((__, column) => (row === column ? 1 : 0)));
  const small =
    EPSILON * matrix.reduce((sum, row) => sum + row.reduce((part, item) => part + item * item, 0), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > small; sweep++)
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
  return sorted(
    a.map((row, index) => at(row, index)),
    v,
  );
}

function sorted(values: readonly number[], vectors: readonly (readonly number[])[]): SymmetricEigen {
  const order = values.map((_, index) => index).toSorted((one, two) => at(values, two) - at(values, one));
  return {
    values: order.map((index) => at(values, index)),
    vectors: order.map((index) => vectors.map((row) => at(row, index))),
  };
}

function offDiagonal(a: Matrix): number {
  return a.reduce(
    (sum, row, index) => sum + row.slice(index + 1).reduce((part, item) => part + item * item, 0),
    0,
  );
}

function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const [app, aqq, apq] = [cell(a, p, p), cell(a, q, q), cell(a, p, q)];
  if (apq === 0) return;
  const theta = (aqq - app) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) turn(a, [k, p], [k, q], c, s);
  for (let k = 0; k < a.length; k++) turn(a, [p, k], [q, k], c, s);
  for (let k = 0; k < a.length; k++) turn(v, [k, p], [k, q], c, s);
}

function turn(
  m: number[][],
  one: readonly [number, number],
  two: readonly [number, number],
  c: number,
  s: number,
): void {
  const [x, y] = [cell(m, ...one), cell(m, ...two)];
  put(m, one, c * x - s * y);
  put(m, two, s * x + c * y);
}

function put(m: number[][], [row, column]: readonly [number, number], value: number): void {
  const cells = m[row];
  if (cells) cells[column] = value;
}
