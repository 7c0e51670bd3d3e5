import { create } from '@bufbuild/protobuf';
import type { Graph, GraphNode } from './graph.ts';
import { indexNodes } from './index-nodes.ts';
import { GraphProtoSchema, NodeProtoSchema } from './proto/onnx_pb.js';
import type { NodeProto, TensorProto } from './proto/onnx_pb.js';

/** How a graph is changed. */
export interface Replacement {
  /** Nodes to add. Inputs of nodes that are there already are renamed, theirs are not. */
  readonly added: readonly NodeProto[];
  /** Constants that they need. */
  readonly initializers: readonly TensorProto[];
  /** Outputs of added nodes that equal another tensor, for where the tensor that they are made of is not given. */
  readonly shortcuts: ReadonlyMap<string, { readonly given: string; readonly source: string }>;
  /** The name by which a node reads a tensor from now on. */
  rename(node: GraphNode, name: string): string;
}

/**
 * Adds nodes to a graph and makes others read what they write.
 *
 * @param graph - stays as it is
 * @param replacement - what to change
 * @returns a new graph, sorted topologically
 */
export function replaceNodes(graph: Graph, replacement: Replacement): Graph {
  const kept = graph.nodes.map((node) => {
    const input = node.proto.input.map((name) => replacement.rename(node, name));
    const changed = input.some((name, nth) => name !== node.proto.input[nth]);
    return changed ? Object.assign(create(NodeProtoSchema), node.proto, { input }) : node.proto;
  });
  const initializers = new Map([
    ...graph.initializers,
    ...replacement.initializers.map((one) => [one.name, one] as const),
  ]);
  const known = new Set([...initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  const indexed = indexNodes([...kept, ...replacement.added], known);
  const proto = Object.assign(create(GraphProtoSchema), graph.proto, {
    initializer: [...initializers.values()],
  });
  return { ...graph, ...indexed, initializers, proto, ...withShortcuts(indexed, replacement) };
}

function withShortcuts(
  { nodes, producers }: Pick<Graph, 'nodes' | 'producers'>,
  { shortcuts }: Replacement,
): Pick<Graph, 'nodes' | 'producers'> {
  const cut = (node: GraphNode): GraphNode => {
    const [output = ''] = node.writes;
    const shortcut = shortcuts.get(output);
    if (!shortcut) return node;
    const { given, source } = shortcut;
    const proto = create(NodeProtoSchema, {
      opType: 'Identity',
      name: output,
      input: [source],
      output: [output],
    });
    return { ...node, shortcut: { given, node: { ...node, operator: 'Identity', reads: [source], proto } } };
  };
  return {
    nodes: nodes.map(cut),
    producers: new Map([...producers].map(([name, node]) => [name, cut(node)])),
  };
}
