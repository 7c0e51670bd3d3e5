import type { GraphNode } from '../graph/graph.ts';

const dynamoScopes = 'pkg.torch.onnx.name_scopes';

/**
 * The modules that a node belongs to, from the outside in, as exporters write them down: in the node's name
 * (`/transformer_blocks.3/attn1/to_q/MatMul`) or in its metadata.
 *
 * @param node - any node
 * @returns for example `['transformer_blocks.3', 'attn1', 'to_q']`; empty when nothing was written down
 */
export function modulePath(node: GraphNode | undefined): readonly string[] {
  if (!node) return [];
  const scopes = node.proto.metadataProps.find(({ key }) => key === dynamoScopes);
  if (scopes) return pathOfScopes(scopes.value);
  return node.proto.name.startsWith('/') ? node.proto.name.split('/').slice(1, -1) : [];
}

/** A Python list of ever longer dotted paths, the last of which is the node itself: `['', 'blocks.0', 'blocks.0.attn', 'add']`. */
function pathOfScopes(list: string): readonly string[] {
  const paths = [...list.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '').slice(0, -1);
  let outer = '';
  return paths.flatMap((path) => {
    if (path === '') return [];
    const name = path.startsWith(`${outer}.`) ? path.slice(outer.length + 1) : path;
    outer = path;
    return [name];
  });
}

/** A block's module and what is left of the path inside it. */
export interface BlockScope {
  /** Path of the block's module, for example `transformer_blocks.3`. */
  readonly block: string;
  /** The list that the block stands in, for example `transformer_blocks`. */
  readonly family: string;
  /** Modules inside the block, for example `['attn1', 'to_q']`. */
  readonly inside: readonly string[];
}

/**
 * The outermost module with an index.
 *
 * @param path - from `modulePath`
 * @returns undefined when no module of the path has one
 */
export function blockScope(path: readonly string[]): BlockScope | undefined {
  const depth = path.findIndex((name) => /\.\d+$/.test(name));
  if (depth < 0) return undefined;
  const block = path.slice(0, depth + 1).join('.');
  return { block, family: block.replace(/\.\d+$/, ''), inside: path.slice(depth + 1) };
}
