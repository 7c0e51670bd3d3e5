import type { Graph, GraphNode } from './graph.ts';

/** What it takes to compute some tensors from others. */
export interface Slice {
  /** Nodes that have to run, in topological order. */
  readonly nodes: readonly GraphNode[];
  /** Given tensors that are really needed, in the order in which they were given. */
  readonly given: readonly string[];
  /** Inputs of the model that are needed besides. */
  readonly inputs: readonly string[];
  /** Stored weights that are needed. */
  readonly initializers: ReadonlySet<string>;
}

/**
 * Goes backwards from the wanted tensors and stops at the given ones.
 *
 * @param graph - where to look
 * @param given - tensors that the caller will supply
 * @param wanted - tensors to compute
 */
export function backwardSlice(graph: Graph, given: Iterable<string>, wanted: Iterable<string>): Slice {
  const stops = new Set(given);
  const seen = new Set<string>();
  const nodes = new Set<GraphNode>();
  const stack = [...wanted];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = stops.has(name) ? undefined : shortest(graph.producers.get(name), stops);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    stack.push(...node.reads);
  }
  return {
    nodes: [...nodes].toSorted((a, b) => a.index - b.index),
    given: [...stops].filter((name) => seen.has(name)),
    inputs: graph.inputs.map(({ name }) => name).filter((name) => seen.has(name) && !stops.has(name)),
    initializers: new Set([...graph.initializers.keys()].filter((name) => seen.has(name))),
  };
}

function shortest(node: GraphNode | undefined, given: ReadonlySet<string>): GraphNode | undefined {
  return node?.shortcut && !given.has(node.shortcut.given) ? node.shortcut.node : node;
}
