import type { BlockSite, InnerSite, ModuleKind, SiteInfo } from '@refrain/core';

/** Modules of a block by their names in the weights file, and what they are. */
const families: readonly (readonly [family: string, modules: readonly (readonly [string, ModuleKind])[]])[] =
  [
    [
      'transformer_blocks',
      [
        ['attn1', 'spatial-attention'],
        ['attn2', 'cross-attention'],
        ['ff', 'mlp'],
      ],
    ],
    [
      'temporal_transformer_blocks',
      [
        ['attn1', 'temporal-attention'],
        ['ff', 'mlp'],
      ],
    ],
  ];

/**
 * The sites of a Latte model: spatial and temporal blocks in turn, with their modules. Names, kinds and positions are
 * those that `@refrain/onnx` finds in the exported graph, so that policies and recordings serve both.
 *
 * @param pairs - of blocks
 */
export function latteSites(pairs: number): readonly SiteInfo[] {
  const blocks: BlockSite[] = [];
  const inner: InnerSite[] = [];
  let from = 0;
  for (let pair = 0; pair < pairs; pair++)
    for (const [family, modules] of families) {
      const name = `${family}.${pair}`;
      blocks.push({ level: 'block', name, family, from, until: from + modules.length, modulated: true });
      for (const [module, kind] of modules) {
        inner.push({ level: 'inner', name: `${name}/${module}`, kind, block: name, from, until: from + 1 });
        from += 1;
      }
    }
  return [...blocks, ...inner];
}
