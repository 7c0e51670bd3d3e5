import type { Graph, GraphNode } from '../graph/graph.ts';
import { inferTypes } from '../graph/infer-types.ts';
import { replaceNodes } from '../graph/replace.ts';
import { integerOf } from '../shapes/known.ts';

/**
 * Takes casts to the type that a tensor has already for what they are. Programs that compute norms in float32 export them,
 * and go on from the cast or from the tensor: a stream would have two names. Nothing that the model computes changes.
 *
 * @param graph - the model
 * @returns the graph itself if there are none
 */
export function mergeCasts(graph: Graph): Graph {
  const types = inferTypes(graph);
  return mergeEquals(graph, (node) => {
    const [source = ''] = node.reads;
    const same = node.operator === 'Cast' && types.get(source) === integerOf(node.proto, 'to', 0);
    return same ? source : undefined;
  });
}

/**
 * Makes every node read a tensor by one name.
 *
 * @param graph - the model
 * @param equalOf - the tensor that the output of a node equals, if any
 * @returns the graph itself if there are none
 */
export function mergeEquals(graph: Graph, equalOf: (node: GraphNode) => string | undefined): Graph {
  const equals = new Map<string, string>();
  for (const node of graph.nodes) {
    const equal = equalOf(node);
    const [output] = node.writes;
    if (equal !== undefined && output !== undefined && graph.consumers.has(output))
      equals.set(output, equals.get(equal) ?? equal);
  }
  if (equals.size === 0) return graph;
  return replaceNodes(graph, {
    added: [],
    initializers: [],
    shortcuts: new Map(),
    rename: (_, name) => equals.get(name) ?? name,
  });
}
