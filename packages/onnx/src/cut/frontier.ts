import type { Chain } from './chains.ts';
import { addAncestors, writes, type NodeSet, type Trunk } from './trunk.ts';

/** A place where the model can be cut: everything before it, and what flows out of that. */
export interface Frontier {
  /** Nodes of the trunk before the cut. */
  readonly before: NodeSet;
  /** Tensors of the residual streams, the one that the cut was made for first. */
  readonly streams: readonly string[];
  /** Other tensors from before the cut that are still needed behind it, such as skip connections. */
  readonly skips: readonly string[];
}

/** Makes frontiers at tensors of residual streams. */
export type FrontierAt = (tensor: string) => Frontier;

/** A point of a stream where another stream's frontier may lie. */
interface Point {
  readonly tensor: string;
  /** What it is computed from, itself included. */
  readonly ancestors: NodeSet;
}

/**
 * Cuts a model at a tensor of one residual stream. Where there are other streams beside it, each is cut at its last point
 * that does not depend on that tensor. So the result depends on what is computed from what, not on the order of nodes.
 *
 * @param trunk - what carries the latent to the output
 * @param chains - the residual streams
 */
export function frontiers(trunk: Trunk, chains: readonly Chain[]): FrontierAt {
  const streams = [...chains.map((chain) => pointsOf(trunk, chain)), ...joinedPoints(trunk, chains)];
  const made = new Map<string, Frontier>();
  return (tensor) => {
    const known = made.get(tensor);
    if (known) return known;
    const frontier = frontierAt(trunk, streams, tensor);
    made.set(tensor, frontier);
    return frontier;
  };
}

function pointsOf(trunk: Trunk, { links }: Chain): readonly Point[] {
  const tensors = links.flatMap(({ sum, path }) => [...path.slice(-1), sum.output]);
  return [...new Set(tensors)].map((tensor) => ({ tensor, ancestors: ancestorsOf(trunk, tensor) }));
}

/** What is joined where a stream begins flows beside each other until then. */
function joinedPoints(trunk: Trunk, chains: readonly Chain[]): readonly (readonly Point[])[] {
  const operands = chains.flatMap(({ links: [first] }) => operandsOfJoin(trunk, first?.path[0]));
  return [...new Set(operands)].map((tensor) => [{ tensor, ancestors: ancestorsOf(trunk, tensor) }]);
}

/**
 * Tensors of the trunk that are joined to one.
 *
 * @param trunk - the model
 * @param tensor - what may be a concatenation
 * @returns empty if it is none
 */
export function operandsOfJoin({ graph, influences }: Trunk, tensor: string | undefined): readonly string[] {
  const node = tensor === undefined ? undefined : graph.producers.get(tensor);
  if (node?.operator !== 'Concat') return [];
  return node.reads.filter((name) => influences.latent(name) && graph.producers.has(name));
}

function ancestorsOf(trunk: Trunk, tensor: string): NodeSet {
  const ancestors = new Uint8Array(trunk.graph.nodes.length);
  addAncestors(trunk, ancestors, tensor);
  return ancestors;
}

function frontierAt(trunk: Trunk, streams: readonly (readonly Point[])[], tensor: string): Frontier {
  const own = ancestorsOf(trunk, tensor);
  const before = own.slice();
  const beside: string[] = [];
  for (const points of streams) {
    if (points.some((point) => point.tensor === tensor)) continue;
    const point = points.findLast(({ ancestors }) => !writes(trunk, ancestors, tensor));
    if (!point || writes(trunk, own, point.tensor)) continue;
    addAncestors(trunk, before, point.tensor);
    beside.push(point.tensor);
  }
  return { before, ...flowing(trunk, before, tensor, beside) };
}

/**
 * Cuts a model at given tensors, whatever they are.
 *
 * @param trunk - what carries the latent to the output
 * @param tensors - of the trunk
 */
export function frontierOf(trunk: Trunk, tensors: readonly string[]): Frontier {
  const before = new Uint8Array(trunk.graph.nodes.length);
  for (const tensor of tensors) addAncestors(trunk, before, tensor);
  const { streams, skips } = flowing(trunk, before, tensors[0] ?? '', tensors);
  return { before, streams: tensors.filter((name) => streams.includes(name)), skips };
}

/** What nodes behind a cut read of what lies before it. */
function flowing(
  { nodes, reads, output }: Trunk,
  before: NodeSet,
  tensor: string,
  beside: readonly string[],
): Pick<Frontier, 'streams' | 'skips'> {
  const possible = new Set([tensor, ...beside]);
  const read = new Set<string>();
  for (const { index } of nodes) {
    if (before[index] === 1) continue;
    for (const { name, producer } of reads[index] ?? [])
      if (producer < 0 || before[producer] === 1) read.add(name);
  }
  const streams = [...possible].filter((name) => read.has(name) || name === tensor || name === output);
  return { streams, skips: [...read].filter((name) => !possible.has(name)) };
}
