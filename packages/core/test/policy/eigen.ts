import type { Eigen, Matrix } from '@refrain/core';
import { EigenvalueDecomposition } from 'ml-matrix';

/** Eigenvalues and vectors by ml-matrix. */
export function eigen(matrix: Matrix): Eigen {
  const found = new EigenvalueDecomposition(matrix.map((row) => [...row]));
  return {
    real: found.realEigenvalues,
    imaginary: found.imaginaryEigenvalues,
    vectors: found.eigenvectorMatrix.to2DArray(),
  };
}
