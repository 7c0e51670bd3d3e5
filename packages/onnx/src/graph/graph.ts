import type { ExternalWeight } from './external-data.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './proto/onnx_pb.js';

/** An operation of the graph, with everything that it reads. */
export interface GraphNode {
  /** Place in topological order; inputs come before outputs. */
  readonly index: number;
  /** Operator, such as `MatMul`; operators of other domains as `domain::Operator`. */
  readonly operator: string;
  /** Tensors that the node reads, including those that the bodies of `If`, `Loop` and `Scan` capture. No empty names. */
  readonly reads: readonly string[];
  /** Tensors that the node writes. No empty names. */
  readonly writes: readonly string[];
  /** The node as it stands in the file. */
  readonly proto: NodeProto;
  /** What to take in place of this node, with the same result, where a certain tensor is not given. */
  readonly shortcut?: { readonly given: string; readonly node: GraphNode };
}

/** A declared input or output of the model. */
export interface TensorDeclaration {
  /** Name of the tensor. */
  readonly name: string;
  /** ONNX code of the element type: 1 float32, 7 int64, …; 0 when not declared. */
  readonly elementType: number;
  /** Sizes; a string names a size that is free; undefined when no shape is declared. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** A model, read and indexed. Nothing in it is changed after reading. */
export interface Graph {
  /** The whole file. */
  readonly model: ModelProto;
  /** Its graph. */
  readonly proto: GraphProto;
  /** Nodes in topological order: the file's own order where that is one. */
  readonly nodes: readonly GraphNode[];
  /** The node that writes a tensor. */
  readonly producers: ReadonlyMap<string, GraphNode>;
  /** The nodes that read a tensor, in topological order. */
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  /** Weights and other constants that are stored in the file, by name. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** What a caller has to give: declared inputs without those that have a stored value. */
  readonly inputs: readonly TensorDeclaration[];
  /** What the model returns. */
  readonly outputs: readonly TensorDeclaration[];
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Absolute path of the folder in which the files with weights lie, if it is known. */
  readonly folder: string | undefined;
  /** Weights that lie in other files. */
  readonly externalWeights: readonly ExternalWeight[];
}
