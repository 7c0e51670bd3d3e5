import type { Graph } from '../graph/graph.ts';
import { blockScope, modulePath, type BlockScope } from './scope.ts';
import { isAttention, type Stack, type StackModule } from './stack.ts';

/** The modules of one transformer block, still without a place. */
export interface ModuleGroup {
  /** Its modules in order, at least one. */
  readonly modules: readonly StackModule[];
  /** The scope that the exporter wrote down, if all blocks have one. */
  readonly scope: BlockScope | undefined;
}

/** Blocks along the stream. */
export interface BlockStack {
  /** Blocks in order. */
  readonly groups: readonly ModuleGroup[];
  /** Cheap segments after the last one. */
  readonly after: Stack['after'];
}

/**
 * Divides a stack into blocks: by the module scopes that the exporter wrote down where all modules have one, otherwise a
 * block ends with each MLP. Blocks without attention at either end are left to the embedding and to the head.
 *
 * @param graph - the model
 * @param stack - the residual modules
 * @returns blocks of which at least two are alike, or undefined
 */
export function groupBlocks(graph: Graph, stack: Stack): BlockStack | undefined {
  const groups = groupByScope(graph, stack.modules) ?? groupByStructure(stack.modules);
  const attends = ({ modules }: ModuleGroup): boolean => modules.some(isAttention);
  const first = groups.findIndex(attends);
  const last = groups.findLastIndex(attends);
  const kept = groups.slice(first, last + 1);
  if (new Set(kept.map(signature)).size === kept.length) return undefined;
  return { groups: kept, after: groups[last + 1]?.modules[0]?.before ?? stack.after };
}

/** What blocks of one family have in common: the operations of their modules, in order. */
function signature({ modules }: ModuleGroup): string {
  return modules.map(({ operation }) => operation).join(' ');
}

function groupByScope(graph: Graph, modules: readonly StackModule[]): readonly ModuleGroup[] | undefined {
  const groups: { modules: StackModule[]; scope: BlockScope }[] = [];
  for (const module of modules) {
    const scope = blockScope(modulePath(graph.producers.get(module.segment.until)));
    if (!scope) return undefined;
    const current = groups.at(-1);
    if (current?.scope.block === scope.block) current.modules.push(module);
    else groups.push({ modules: [module], scope });
  }
  const scopes = new Set(groups.map(({ scope }) => scope.block));
  return scopes.size === groups.length ? groups : undefined;
}

function groupByStructure(modules: readonly StackModule[]): readonly ModuleGroup[] {
  const hasMlp = modules.some(({ operation }) => operation === 'mlp');
  const groups: { modules: StackModule[]; scope: undefined }[] = [];
  let open = false;
  for (const module of modules) {
    const current = groups.at(-1);
    if (open && current) current.modules.push(module);
    else groups.push({ modules: [module], scope: undefined });
    open = hasMlp && module.operation !== 'mlp';
  }
  return groups;
}
