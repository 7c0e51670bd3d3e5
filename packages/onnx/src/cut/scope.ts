import type { GraphNode } from '../graph/graph.ts';
import { isCostly } from './operators.ts';

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

/** The module of a block. */
export interface BlockScope {
  /** Modules from the outside in, the block's own last. */
  readonly path: readonly string[];
  /** The same as one name, for example `transformer_blocks.3`. */
  readonly block: string;
  /** The list that the block stands in, for example `transformer_blocks`. */
  readonly family: string;
  /** True if it is a member of a list. */
  readonly indexed: boolean;
}

/**
 * The innermost module that all costly nodes of a block belong to; inside a module list, its member of that list.
 *
 * @param nodes - of the block
 * @returns undefined when nothing was written down, or when they have no module in common
 */
export function scopeOf(nodes: readonly GraphNode[]): BlockScope | undefined {
  const paths = nodes.filter(isCostly).map(modulePath);
  const [first = []] = paths;
  const common = paths.reduce((shared, path) => {
    const differs = shared.findIndex((name, depth) => path[depth] !== name);
    return differs < 0 ? shared : shared.slice(0, differs);
  }, first);
  const member = common.findLastIndex((name) => /\.\d+$/.test(name));
  const path = member < 0 ? common.slice(0, 1) : common.slice(0, member + 1);
  if (path.length === 0) return undefined;
  const block = path.join('.');
  return { path, block, family: block.replace(/[._]\d+$/, ''), indexed: member >= 0 };
}

/** Whether a node belongs to a module. */
export function isInScope(node: GraphNode | undefined, { path }: BlockScope): boolean {
  const own = modulePath(node);
  return path.every((name, depth) => own[depth] === name);
}
