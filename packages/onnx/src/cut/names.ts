import type { FoundBlock } from './blocks.ts';
import type { PlacedBlock } from './boundaries.ts';
import { outputsOf } from './block-tensors.ts';
import { isDivided } from './sites.ts';

/** Names of a block. */
export interface BlockNames {
  /** Unique among the blocks of the model. */
  readonly name: string;
  /** Equal for blocks that compute the same with other weights. */
  readonly family: string;
}

/**
 * Names blocks: by the module lists that the exporter wrote down, otherwise by what they are. Blocks of one list that compute
 * different things are different families.
 *
 * @param runs - runs of blocks that follow each other, in order
 */
export function nameBlocks(runs: readonly (readonly PlacedBlock[])[]): ReadonlyMap<FoundBlock, BlockNames> {
  const names = new Map<FoundBlock, BlockNames>();
  const families = new Map<string, string>();
  const taken = new Set<string>();
  let index = 0;
  for (const [nth, run] of runs.entries()) {
    const divided = isDivided(run.map(({ layout }) => layout));
    for (const placed of run) {
      const { block } = placed;
      const list = block.scope?.family ?? plainName(placed, divided);
      const key = JSON.stringify([list, block.signature, block.scope ? '' : nth]);
      const family = families.get(key) ?? freeName(families, list, placed);
      families.set(key, family);
      const name = unused(taken, block.scope?.block ?? `block.${index}`);
      taken.add(name);
      names.set(block, { name, family });
      index += 1;
    }
  }
  return names;
}

function plainName({ layout, block }: PlacedBlock, divided: boolean): string {
  if (divided) return layout.length === 0 ? 'spatial' : 'temporal';
  return block.units.some(({ operation }) => operation === 'parallel') ? 'single' : 'block';
}

function freeName(families: ReadonlyMap<string, string>, list: string, placed: PlacedBlock): string {
  const names = new Set(families.values());
  if (!names.has(list)) return list;
  const special = placed.block.merges ? `${list}-skip` : `${list}-last`;
  if (
    !names.has(special) &&
    (placed.block.merges || outputsOf(placed).length < placed.start.frontier.streams.length)
  )
    return special;
  return unused(names, list);
}

function unused(taken: ReadonlySet<string>, name: string): string {
  let free = name;
  for (let nth = 2; taken.has(free); nth++) free = `${name}-${nth}`;
  return free;
}
