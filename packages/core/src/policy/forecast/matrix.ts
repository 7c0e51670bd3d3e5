/** A matrix as a list of rows. */
export type Matrix = readonly (readonly number[])[];

/** The solution of a small system of linear equations, by elimination with pivots; undefined when there is none. */
export function solve(matrix: Matrix, right: readonly number[]): readonly number[] | undefined {
  const rows = matrix.map((row, index) => [...row, at(right, index)]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = pivotOf(rows, column);
    const chosen = rows[pivot];
    if (!chosen || at(chosen, column) === 0 || !chosen.every(Number.isFinite)) return undefined;
    rows[pivot] = rows[column] ?? chosen;
    rows[column] = chosen.map((item) => item / at(chosen, column));
    for (let row = 0; row < size; row++) if (row !== column) eliminate(rows, row, column);
  }
  return rows.map((row) => at(row, size));
}

function pivotOf(rows: Matrix, column: number): number {
  let best = column;
  for (let row = column; row < rows.length; row++)
    if (Math.abs(cell(rows, row, column)) > Math.abs(cell(rows, best, column))) best = row;
  return best;
}

function eliminate(rows: number[][], row: number, column: number): void {
  const factor = cell(rows, row, column);
  const pivot = rows[column] ?? [];
  rows[row] = (rows[row] ?? []).map((item, index) => item - factor * at(pivot, index));
}

/** Matrix times vector. */
export function times(matrix: Matrix, vector: readonly number[]): readonly number[] {
  return matrix.map((row) => row.reduce((sum, item, index) => sum + item * at(vector, index), 0));
}

/** Matrix times matrix. */
export function product(one: Matrix, two: Matrix): Matrix {
  const columns = transposed(two);
  return one.map((row) => times(columns, row));
}

/** Rows become columns. */
export function transposed(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => at(row, column)));
}

/** An element; 0 outside. */
export function cell(matrix: Matrix, row: number, column: number): number {
  return at(matrix[row] ?? [], column);
}

/** An element of a list; 0 outside. */
export function at(list: readonly number[], index: number): number {
  return list[index] ?? 0;
}
