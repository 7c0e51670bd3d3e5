import { create } from '@bufbuild/protobuf';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { NodeProtoSchema } from '../graph/proto/onnx_pb.js';
import { backwardSlice } from '../graph/slice.ts';
import { looksAtSizes } from './carried.ts';
import { frontierOf } from './frontier.ts';
import type { Regions } from './regions.ts';
import type { ResidualSum } from './sums.ts';
import { writes, type NodeSet, type Trunk } from './trunk.ts';

/** Operators whose result has the sizes of their first input. */
const keepSizes: ReadonlySet<string> = new Set([
  'Identity',
  'Cast',
  'Dropout',
  'LayerNormalization',
  'SimplifiedLayerNormalization',
  'RMSNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'Softmax',
  'Relu',
  'Gelu',
  'Sigmoid',
  'Tanh',
  'Erf',
  'Sqrt',
  'Neg',
  'Clip',
]);

const elementwise: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);

/**
 * Exporters ask for sizes wherever the program did, and share the answer: a late block may need the number of tokens that an
 * early one looked up. Since a residual stream keeps its sizes, such a node is made to look where the stream begins, which
 * every block can be given the answer of. Nothing else changes, and the self-check of the runner covers it.
 *
 * @param trunk - what carries the latent to the output
 * @param sums - residual sums
 * @param regions - which part of the model uses what
 * @param late - nodes that one module has looked up and a later one uses
 * @returns the graph itself if there is nothing to change
 */
export function anchorSizes(
  trunk: Trunk,
  sums: readonly ResidualSum[],
  regions: Regions,
  late: ReadonlySet<GraphNode>,
): Graph {
  const streams = new Map(sums.map(({ output, stream }) => [output, stream]));
  const moved = new Map<GraphNode, GraphNode>();
  for (const node of trunk.graph.nodes) {
    const [source] = node.reads;
    if (!looksAtSizes(node) || source === undefined) continue;
    if (regions.of(node) !== 'several' && !late.has(node)) continue;
    if (!trunk.influences.latent(source) || regions.hasTensor(0, source)) continue;
    const anchor = beginningOf(trunk, streams, source);
    if (anchor === source) continue;
    const proto = Object.assign(create(NodeProtoSchema), node.proto, { input: [anchor] });
    moved.set(node, { ...node, reads: [anchor], proto });
  }
  return moved.size === 0 ? trunk.graph : withNodes(trunk.graph, moved);
}

/**
 * What looks at sizes in one module of a block, for a later one as well: behind the cut between them its tensor is not there
 * any more.
 *
 * @param trunk - what carries the latent to the output
 * @param positions - tensors that flow at each cut
 * @param carried - tensors that are carried along
 * @param output - name of the output
 */
export function lookedUpBefore(
  trunk: Trunk,
  positions: readonly (readonly string[])[],
  carried: readonly string[],
  output: string,
): ReadonlySet<GraphNode> {
  const { graph, influences } = trunk;
  const found = new Set<GraphNode>();
  for (const position of positions) {
    const given = [...position, ...carried];
    const { before } = frontierOf(trunk, position);
    for (const node of backwardSlice(graph, given, [output]).nodes) {
      const [source = ''] = node.reads;
      if (
        looksAtSizes(node) &&
        influences.latent(source) &&
        !given.includes(source) &&
        isBefore(trunk, before, source)
      )
        found.add(node);
    }
  }
  return found;
}

function isBefore(trunk: Trunk, before: NodeSet, tensor: string): boolean {
  return !trunk.graph.producers.has(tensor) || writes(trunk, before, tensor);
}

function beginningOf(trunk: Trunk, streams: ReadonlyMap<string, string>, tensor: string): string {
  let name = tensor;
  for (;;) {
    const next = streams.get(name) ?? sameSizes(trunk, trunk.graph.producers.get(name));
    if (next === undefined) return name;
    name = next;
  }
}

/** What a norm, an activation, a scale or a shift by conditioning is applied to. */
function sameSizes({ influences }: Trunk, node: GraphNode | undefined): string | undefined {
  if (!node) return undefined;
  if (keepSizes.has(node.operator)) return node.reads[0];
  if (!elementwise.has(node.operator)) return undefined;
  const latent = node.reads.filter((name) => influences.latent(name));
  return latent.length === 1 ? latent[0] : undefined;
}

function withNodes(graph: Graph, moved: ReadonlyMap<GraphNode, GraphNode>): Graph {
  const renewed = (node: GraphNode): GraphNode => moved.get(node) ?? node;
  const nodes = graph.nodes.map(renewed);
  const producers = new Map([...graph.producers].map(([name, node]) => [name, renewed(node)]));
  const consumers = new Map<string, GraphNode[]>();
  for (const node of nodes)
    for (const name of node.reads) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  return { ...graph, nodes, producers, consumers };
}
