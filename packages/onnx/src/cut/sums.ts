import type { GraphNode } from '../graph/graph.ts';
import { isCostly, isFusedAttention, isReordering } from './operators.ts';
import type { Trunk } from './trunk.ts';

/** An addition of the form `x + v`, where v is computed from x by matrix products: a module on a residual stream. */
export interface ResidualSum {
  /** The addition. */
  readonly node: GraphNode;
  /** x + v. */
  readonly output: string;
  /** x: the stream before the module. */
  readonly stream: string;
  /** What the module reads: x, or the joined sequence that x is a part of. */
  readonly source: string;
  /** v: what the module adds, behind its gate. */
  readonly branch: string;
  /** What a second attention adds beside it, from the same x. */
  readonly beside?: string;
}

/**
 * Finds residual sums by what depends on what; where nodes lie in the file does not matter. Biases, gates, positions, the
 * halves of a rotation and the polynomial of an activation are additions too, but there neither term is computed from the
 * other by a matrix product.
 *
 * A stream may begin with conditioning, as the text stream of a two-stream model does. Such a beginning is recognised
 * only where the sum goes on as the stream of a further one: shared conditioning is an ancestor of everything.
 *
 * @param trunk - what carries the latent to the output
 * @returns in topological order
 */
export function findSums(trunk: Trunk): readonly ResidualSum[] {
  const search = dependencySearch(trunk, isCostly);
  const additions = trunk.nodes.filter(({ operator, reads }) => operator === 'Add' && reads.length === 2);
  const found: ResidualSum[] = [];
  for (const node of additions) {
    const sum = sumOf(trunk, search, node, true) ?? parallelSum(search, node, found);
    if (sum) found.push(sum);
  }
  const continued = new Set(found.flatMap(({ stream }) => wholesOf(trunk, stream)));
  const known = new Set(found.map(({ node }) => node));
  const beginnings = additions
    .filter((node) => !known.has(node) && continued.has(node.writes[0] ?? ''))
    .flatMap((node) => sumOf(trunk, search, node, false) ?? []);
  const sums = [...found, ...beginnings].toSorted((a, b) => a.node.index - b.node.index);
  return attentionsBeside(trunk, withoutNested(trunk, search, sums));
}

/**
 * `(x + attention(x)) + attention(x)`: one module, in which image tokens attend to all tokens and once more to each other.
 * On streams beside it there may be only one attention.
 */
function attentionsBeside(trunk: Trunk, sums: readonly ResidualSum[]): readonly ResidualSum[] {
  const attends = dependencySearch(trunk, (node) => node.operator === 'Softmax' || isFusedAttention(node));
  const merged = new Map<ResidualSum, ResidualSum | undefined>();
  for (const [nth, sum] of sums.entries()) {
    const first = sums.slice(0, nth).find(({ output }) => output === sum.stream);
    if (!first || (trunk.graph.consumers.get(first.output) ?? []).length > 1) continue;
    if (!attends(first.branch, first.stream) || !attends(sum.branch, first.stream)) continue;
    merged.set(first, undefined);
    merged.set(sum, { ...first, node: sum.node, output: sum.output, beside: sum.branch });
  }
  return sums.flatMap((sum) => (merged.has(sum) ? (merged.get(sum) ?? []) : [sum]));
}

/**
 * `x + mlp(x + attention(x))` adds both modules to x at once: the inner sum is part of a module, not a place on the stream.
 * What goes on as the stream of a further sum is one, whatever else is added to x much later.
 */
function withoutNested(
  trunk: Trunk,
  dependsByProduct: DependencySearch,
  sums: readonly ResidualSum[],
): readonly ResidualSum[] {
  const streams = new Set(sums.flatMap(({ stream }) => wholesOf(trunk, stream)));
  return sums.filter(
    ({ node, output, stream }) =>
      streams.has(output) ||
      !sums.some(
        (outer) =>
          outer.node.index > node.index && outer.stream === stream && dependsByProduct(outer.branch, output),
      ),
  );
}

function sumOf(
  trunk: Trunk,
  dependsByProduct: DependencySearch,
  node: GraphNode,
  fromLatent: boolean,
): ResidualSum | undefined {
  const { influences } = trunk;
  const [first = '', second = ''] = node.reads;
  for (const [stream, branch] of [
    [first, second],
    [second, first],
  ] as const) {
    if (!influences.latent(branch) || influences.constant(stream)) continue;
    if (influences.latent(stream) !== fromLatent) continue;
    const source = wholesOf(trunk, stream).find((whole) => dependsByProduct(branch, whole));
    if (source !== undefined) return { node, output: node.writes[0] ?? '', stream, source, branch };
  }
  return undefined;
}

const parts = new Set(['Slice', 'Split']);

/** A stream may be a part of a joined sequence, and its module read the whole of it. */
function wholesOf({ graph }: Trunk, stream: string): readonly string[] {
  const wholes = [stream];
  for (let node = graph.producers.get(stream); node;) {
    const [source] = node.reads;
    if (source === undefined || !(parts.has(node.operator) || isReordering(node))) break;
    wholes.push(source);
    node = graph.producers.get(source);
  }
  return wholes;
}

/** `(x + attention(x)) + mlp(x)`: the second module reads what the first has read. */
function parallelSum(
  dependsByProduct: DependencySearch,
  node: GraphNode,
  found: readonly ResidualSum[],
): ResidualSum | undefined {
  for (const [stream = '', branch = ''] of [node.reads, node.reads.toReversed()]) {
    const first = found.find(({ output }) => output === stream);
    if (first && dependsByProduct(branch, first.stream))
      return { node, output: node.writes[0] ?? '', stream, source: stream, branch };
  }
  return undefined;
}

/** Whether a tensor is computed from another, with a node that counts on the way. */
type DependencySearch = (tensor: string, from: string) => boolean;

function dependencySearch(
  { graph, influences }: Trunk,
  counts: (node: GraphNode) => boolean,
): DependencySearch {
  const varying = graph.nodes.map(({ reads }) => reads.filter((name) => !influences.constant(name)));
  const seen = new Int32Array(graph.nodes.length).fill(-1);
  let search = -1;
  return (tensor, from) => {
    search += 1;
    const earliest = graph.producers.get(from)?.index ?? -1;
    const between: GraphNode[] = [];
    const stack = [tensor];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const node = graph.producers.get(name);
      if (!node || node.index <= earliest || seen[node.index] === search) continue;
      seen[node.index] = search;
      between.push(node);
      for (const read of varying[node.index] ?? []) stack.push(read);
    }
    return reaches(between, from, tensor, counts);
  };
}

/** Goes forward from the source, remembering whether a node that counts was passed. */
function reaches(
  between: GraphNode[],
  from: string,
  tensor: string,
  counts: (node: GraphNode) => boolean,
): boolean {
  const passed = new Map<string, boolean>([[from, false]]);
  for (const node of between.toSorted((a, b) => a.index - b.index)) {
    const sources = node.reads.flatMap((name) => passed.get(name) ?? []);
    if (sources.length === 0) continue;
    const counted = sources.includes(true) || counts(node);
    for (const name of node.writes) passed.set(name, counted);
  }
  return passed.get(tensor) === true;
}
