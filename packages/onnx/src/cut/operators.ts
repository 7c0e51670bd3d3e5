import type { GraphNode } from '../graph/graph.ts';

const matrixProducts = new Set([
  'MatMul',
  'Gemm',
  'Conv',
  'MatMulInteger',
  'QLinearMatMul',
  'ConvInteger',
  'QLinearConv',
  'Einsum',
  'com.microsoft::MatMulNBits',
  'com.microsoft::FusedMatMul',
  'com.microsoft::FusedGemm',
  'com.microsoft::FusedConv',
]);

const fusedAttention = new Set([
  'Attention',
  'com.microsoft::Attention',
  'com.microsoft::MultiHeadAttention',
  'com.microsoft::GroupQueryAttention',
  'com.microsoft::PackedAttention',
  'com.microsoft::PackedMultiHeadAttention',
]);

const reorderings = new Set([
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Identity',
  'Cast',
  'Dropout',
]);

/** Whether a node multiplies matrices: linear layers, convolutions, and the products inside attention. */
export function isMatrixProduct({ operator }: GraphNode): boolean {
  return matrixProducts.has(operator);
}

/** Whether a node is a whole attention in one operator, with queries, keys and values as its first inputs. */
export function isFusedAttention({ operator }: GraphNode): boolean {
  return fusedAttention.has(operator);
}

/** Whether a node only lays the same numbers out in another way. */
export function isReordering({ operator }: GraphNode): boolean {
  return reorderings.has(operator);
}
