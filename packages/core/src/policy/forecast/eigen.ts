import type { Matrix } from './matrix.ts';

/** Eigenvalues and vectors of a real matrix A with A·V = V·D. */
export interface Eigen {
  /** Real parts of the eigenvalues. */
  readonly real: readonly number[];
  /** Their imaginary parts. Complex pairs stand next to each other, the positive imaginary part first. */
  readonly imaginary: readonly number[];
  /**
   * V, row by row. The columns of a complex pair are the real and the imaginary part of the eigenvector of its first
   * eigenvalue.
   */
  readonly vectors: Matrix;
}

/**
 * Finds eigenvalues and vectors of small real matrices (at most 63 rows). The layout of results is that of EISPACK's `hqr2`, of JAMA and of ml-matrix's
 * `EigenvalueDecomposition` (`realEigenvalues`, `imaginaryEigenvalues`, `eigenvectorMatrix`).
 */
export type EigenSolver = (matrix: Matrix) => Eigen;
