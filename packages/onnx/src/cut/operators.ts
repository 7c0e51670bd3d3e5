import { bodiesOf } from '../graph/captures.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { NodeProto } from '../graph/proto/onnx_pb.js';

const matrixProducts = new Set([
  'MatMul',
  'Gemm',
  'Conv',
  'ConvTranspose',
  'MatMulInteger',
  'QLinearMatMul',
  'ConvInteger',
  'QLinearConv',
  'Einsum',
  'com.microsoft::MatMulNBits',
  'com.microsoft::MatMulBnb4',
  'com.microsoft::FusedMatMul',
  'com.microsoft::FusedGemm',
  'com.microsoft::FusedConv',
  'com.microsoft::NhwcConv',
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

/**
 * Whether a node does the work that caching is meant to save: it multiplies matrices, attends, or is control flow around
 * such nodes. What is not costly moves tokens, adds positions, norms or scales.
 *
 * @param node - any node
 */
export function isCostly(node: GraphNode): boolean {
  return (
    isMatrixProduct(node) ||
    isFusedAttention(node) ||
    node.operator === 'Softmax' ||
    hasCostlyBody(node.proto)
  );
}

function hasCostlyBody(node: NodeProto): boolean {
  return bodiesOf(node).some((body) =>
    body.node.some(
      (inner) => matrixProducts.has(inner.opType) || fusedAttention.has(inner.opType) || hasCostlyBody(inner),
    ),
  );
}
