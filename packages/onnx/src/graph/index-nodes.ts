import { OnnxError } from '../errors.ts';
import { namesRead } from './captures.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { NodeProto } from './proto/onnx_pb.js';

/**
 * Sorts nodes topologically and links tensors to the nodes that write and read them. A file that is sorted already, as the
 * format asks, keeps its order.
 *
 * @param protos - nodes in the order of the file
 * @param known - names of inputs and initializers
 * @throws OnnxError `MODEL_UNREADABLE` that names the tensor: written twice, written by nothing, or part of a cycle
 */
export function indexNodes(
  protos: readonly NodeProto[],
  known: ReadonlySet<string>,
): Pick<Graph, 'nodes' | 'producers' | 'consumers'> {
  const unsorted = protos.map(unsortedNode);
  const writers = writersOf(unsorted, known);
  const nodes = sorted(unsorted, writers, known).map((node, index) => ({ ...node, index }));
  const producers = new Map<string, GraphNode>();
  const consumers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const name of node.writes) producers.set(name, node);
    for (const name of node.reads) {
      const readers = consumers.get(name);
      if (readers) readers.push(node);
      else consumers.set(name, [node]);
    }
  }
  return { nodes, producers, consumers };
}

type UnsortedNode = Omit<GraphNode, 'index'>;

function unsortedNode(proto: NodeProto): UnsortedNode {
  const standard = proto.domain === '' || proto.domain === 'ai.onnx';
  return {
    operator: standard ? proto.opType : `${proto.domain}::${proto.opType}`,
    reads: namesRead(proto),
    writes: proto.output.filter((name) => name !== ''),
    proto,
  };
}

function writersOf(nodes: readonly UnsortedNode[], known: ReadonlySet<string>): Map<string, UnsortedNode> {
  const writers = new Map<string, UnsortedNode>();
  for (const node of nodes)
    for (const name of node.writes) {
      if (writers.has(name) || known.has(name)) throw broken(`the tensor "${name}" is written twice`);
      writers.set(name, node);
    }
  return writers;
}

/** Depth-first, in the order of the file, without recursion: graphs are thousands of nodes deep. */
function sorted(
  nodes: readonly UnsortedNode[],
  writers: ReadonlyMap<string, UnsortedNode>,
  known: ReadonlySet<string>,
): UnsortedNode[] {
  const order: UnsortedNode[] = [];
  const state = new Map<UnsortedNode, 'open' | 'done'>();
  for (const start of nodes) {
    const stack = [start];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const next = state.has(node) ? undefined : unvisited(node, writers, known, state);
      if (next && next.length > 0) {
        state.set(node, 'open');
        stack.push(...next);
        continue;
      }
      stack.pop();
      if (state.get(node) !== 'done') order.push(node);
      state.set(node, 'done');
    }
  }
  return order;
}

/** Producers of a node's inputs that come first, in reverse: the last on the stack is visited first. */
function unvisited(
  node: UnsortedNode,
  writers: ReadonlyMap<string, UnsortedNode>,
  known: ReadonlySet<string>,
  state: ReadonlyMap<UnsortedNode, 'open' | 'done'>,
): UnsortedNode[] {
  const before: UnsortedNode[] = [];
  for (const name of node.reads) {
    const writer = writers.get(name);
    if (!writer) {
      if (known.has(name)) continue;
      throw broken(`${describe(node)} reads the tensor "${name}", which nothing produces`);
    }
    if (writer === node || state.get(writer) === 'open')
      throw broken(`${describe(node)} and "${name}" depend on each other in a cycle`);
    if (!state.has(writer)) before.unshift(writer);
  }
  return before;
}

function describe(node: UnsortedNode): string {
  return `the ${node.operator} node "${node.proto.name || node.writes[0] || '?'}"`;
}

function broken(message: string): OnnxError {
  return new OnnxError('MODEL_UNREADABLE', `this is not a usable ONNX model: ${message}`);
}
