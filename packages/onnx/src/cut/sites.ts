import type { BlockSite, InnerSite, ModuleKind } from '@refrain/core';
import type { PlacedBlock } from './boundaries.ts';
import type { OperationKind } from './kind.ts';
import type { Layout } from './layout.ts';
import type { PlacedModule } from './positions.ts';
import { modulePath } from './scope.ts';

/** A block with its place and its modules. */
export interface LaidBlock extends PlacedBlock {
  /** Unique among the blocks of the model. */
  readonly name: string;
  /** Equal for blocks that are alike. */
  readonly family: string;
  /** Its modules in order. */
  readonly modules: readonly PlacedModule[];
}

/** Blocks and the modules inside them, as the core wants them. */
export interface Sites {
  /** Blocks in order. */
  readonly blocks: readonly BlockSite[];
  /** Modules in order; the k-th starts at position k. */
  readonly inner: readonly InnerSite[];
}

/**
 * Makes sites of the blocks along the stream.
 *
 * @param blocks - in order
 */
export function sitesOf(blocks: readonly LaidBlock[]): Sites {
  const divided = isDivided(
    blocks.flatMap(({ modules }) =>
      modules.filter(({ operation }) => operation === 'attention').map(({ layout }) => layout),
    ),
  );
  const sites: BlockSite[] = [];
  const inner: InnerSite[] = [];
  for (const block of blocks) {
    const from = inner.length;
    const until = from + block.modules.length;
    const { name, family, modules } = block;
    sites.push({ level: 'block', name, family, from, until, modulated: modules[0]?.modulated !== undefined });
    const kinds = modules.map(({ operation, layout }) => kindOf(operation, divided, layout.length === 0));
    const labels = unique(modules.map((module, nth) => moduleName(block, module, kinds[nth] ?? 'other')));
    for (const [nth, kind] of kinds.entries())
      inner.push({
        level: 'inner',
        name: `${name}/${labels[nth] ?? nth}`,
        kind,
        block: name,
        from: from + nth,
        until: from + nth + 1,
      });
  }
  return { blocks: sites, inner };
}

/**
 * Whether attention is divided into spatial and temporal: only where tokens lie in two ways.
 *
 * @param layouts - of attentions along the stream
 */
export function isDivided(layouts: readonly Layout[]): boolean {
  return new Set(layouts.map(({ length }) => length === 0)).size === 2;
}

function kindOf(operation: OperationKind, divided: boolean, canonical: boolean): ModuleKind {
  if (operation === 'parallel') return 'other';
  if (operation !== 'attention') return operation;
  if (!divided) return 'self-attention';
  return canonical ? 'spatial-attention' : 'temporal-attention';
}

/**
 * The module whose layer multiplies first; what is added to the stream may come from a norm behind it. Layers that belong to
 * the block itself say nothing.
 */
function moduleName({ block }: LaidBlock, { product }: PlacedModule, kind: ModuleKind): string {
  const depth = block.scope?.path.length ?? 0;
  const [module, layer] = depth > 0 ? modulePath(product).slice(depth) : [];
  if (module && layer) return module;
  return kind.endsWith('-attention') && kind !== 'cross-attention' ? 'attention' : kind;
}

function unique(names: readonly string[]): readonly string[] {
  return names.map((name, at) => {
    const earlier = names.slice(0, at).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}-${earlier + 1}`;
  });
}
