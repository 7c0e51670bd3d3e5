import type { BlockSite, InnerSite, ModuleKind } from '@refrain/core';
import type { ModuleGroup } from './blocks.ts';
import type { PlacedModule, Positions } from './positions.ts';
import { blockScope, modulePath } from './scope.ts';

/** Blocks and the modules inside them, as the core wants them. */
export interface Sites {
  /** Blocks in order. */
  readonly blocks: readonly BlockSite[];
  /** Modules in order; the k-th starts at position k. */
  readonly inner: readonly InnerSite[];
}

/**
 * Names the sites: by the exporter's module names where there are any, otherwise by number and kind.
 *
 * @param groups - blocks in order
 * @param positions - where their modules lie
 */
export function nameSites(groups: readonly ModuleGroup[], positions: Positions): Sites {
  const kinds = kindsOf(positions.modules);
  const blocks: BlockSite[] = [];
  const inner: InnerSite[] = [];
  let from = 0;
  for (const [index, group] of groups.entries()) {
    const until = from + group.modules.length;
    const own = kinds.slice(from, until);
    const name = group.scope?.block ?? `block.${index}`;
    const family = group.scope?.family ?? familyOf(own);
    const modulated = group.modules[0]?.modulated !== undefined;
    blocks.push({ level: 'block', name, family, from, until, modulated });
    const labels = unique(group.modules.map((_, nth) => moduleName(group, nth, own[nth] ?? 'other')));
    for (const [nth, kind] of own.entries())
      inner.push({
        level: 'inner',
        name: `${name}/${labels[nth] ?? nth}`,
        kind,
        block: name,
        from: from + nth,
        until: from + nth + 1,
      });
    from = until;
  }
  return { blocks, inner };
}

/** Attention is spatial or temporal only where a model has both, told apart by how its tokens lie. */
function kindsOf(modules: readonly PlacedModule[]): readonly ModuleKind[] {
  const attentions = modules.filter(({ module }) => module.operation === 'attention');
  const divided = new Set(attentions.map(({ canonical }) => canonical)).size === 2;
  return modules.map(({ module, canonical }) => {
    if (module.operation !== 'attention') return module.operation;
    if (!divided) return 'self-attention';
    return canonical ? 'spatial-attention' : 'temporal-attention';
  });
}

function familyOf(kinds: readonly ModuleKind[]): string {
  if (kinds.includes('temporal-attention')) return 'temporal';
  return kinds.includes('spatial-attention') ? 'spatial' : 'block';
}

/**
 * The module whose layer multiplies first; what is added to the stream may come from a norm behind it. Layers that belong to
 * the block itself say nothing.
 */
function moduleName(group: ModuleGroup, nth: number, kind: ModuleKind): string {
  const scope = group.scope && blockScope(modulePath(group.modules[nth]?.product));
  const [module, layer] = scope?.inside ?? [];
  if (scope?.block === group.scope?.block && module && layer) return module;
  return kind.endsWith('-attention') && kind !== 'cross-attention' ? 'attention' : kind;
}

function unique(names: readonly string[]): readonly string[] {
  return names.map((name, at) => {
    const earlier = names.slice(0, at).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}-${earlier + 1}`;
  });
}
