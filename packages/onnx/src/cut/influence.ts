import type { Graph, GraphNode } from '../graph/graph.ts';

/**
 * What a tensor depends on, as a set of bits. Weights and other constants have none.
 * - `CONDITION`: values of inputs other than the latent (timestep, prompt);
 * - `SHAPE`: only sizes of tensors, through `Shape` or `Size`;
 * - `LATENT`: values of the latent: the tensor belongs to the trunk.
 */
export type Influence = number;

/** Values of inputs other than the latent. */
const CONDITION = 1;
/** Sizes of tensors. */
const SHAPE = 2;
/** Values of the latent. */
const LATENT = 4;

/** Influences by name of the tensor. */
export interface Influences {
  /** Whether a tensor depends on values of the latent. */
  latent(tensor: string): boolean;
  /** Whether a tensor depends on values of other inputs. */
  condition(tensor: string): boolean;
  /** Whether a tensor is the same in every call of the model. */
  constant(tensor: string): boolean;
}

/**
 * Follows the inputs of the model through the graph.
 *
 * @param graph - the model
 * @param latentInput - name of the input that is denoised
 * @param streams - tensors that count as latent from there on: where residual streams begin with conditioning
 */
export function traceInfluences(
  graph: Graph,
  latentInput: string,
  streams: readonly string[] = [],
): Influences {
  const bits = new Map<string, Influence>();
  for (const { name } of graph.inputs) bits.set(name, name === latentInput ? LATENT : CONDITION);
  for (const name of streams) bits.set(name, LATENT);
  for (const node of graph.nodes) {
    const influence = influenceOf(node, bits);
    if (influence === 0) continue;
    for (const name of node.writes) bits.set(name, influence | (bits.get(name) ?? 0));
  }
  const has = (tensor: string, bit: Influence): boolean => ((bits.get(tensor) ?? 0) & bit) !== 0;
  return {
    latent: (tensor) => has(tensor, LATENT),
    condition: (tensor) => has(tensor, CONDITION),
    constant: (tensor) => !bits.has(tensor),
  };
}

function influenceOf(node: GraphNode, bits: ReadonlyMap<string, Influence>): Influence {
  const read = node.reads.reduce((all, name) => all | (bits.get(name) ?? 0), 0);
  const looksAtSizesOnly = node.operator === 'Shape' || node.operator === 'Size';
  return looksAtSizesOnly && read !== 0 ? SHAPE : read;
}
