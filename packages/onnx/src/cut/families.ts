import { inputsOf, outputsOf } from './block-tensors.ts';
import { tensorsAt } from './positions.ts';
import type { LaidBlock } from './sites.ts';
import type { Trunk } from './trunk.ts';

/** A transformer block as it stands in the graph. */
export interface CutBlock {
  /** As the site of the same name. */
  readonly name: string;
  /** Tensors that its modules start from. A reordering of tokens may lie between these and the outputs of the block before. */
  readonly inputs: readonly string[];
  /** Tensors that its modules end with. */
  readonly outputs: readonly string[];
  /** Tensors that flow past it to later blocks. */
  readonly passing: readonly string[];
}

/** Blocks that compute the same with other weights, one after the other or in turn with another family. */
export interface BlockFamily {
  /** The list that the blocks stand in, where the exporter wrote it down, otherwise what they are. */
  readonly name: string;
  /** Number of tensors that a block gives. */
  readonly streams: number;
  /** In order. */
  readonly blocks: readonly CutBlock[];
}

/**
 * Groups blocks by family.
 *
 * @param trunk - what carries the latent to the output
 * @param blocks - all of them, in order
 * @returns in the order of their first blocks
 */
export function familiesOf(trunk: Trunk, blocks: readonly LaidBlock[]): readonly BlockFamily[] {
  const families = new Map<string, LaidBlock[]>();
  for (const block of blocks) families.set(block.family, [...(families.get(block.family) ?? []), block]);
  return [...families].map(([name, members]) => ({
    name,
    streams: Math.max(...members.map((block) => outputsOf(block).length)),
    blocks: members.map((block) => cutBlock(trunk, block)),
  }));
}

function cutBlock(trunk: Trunk, block: LaidBlock): CutBlock {
  const inputs = inputsOf(trunk, block);
  const passing = tensorsAt(block.start).filter((name) => !inputs.includes(name));
  return { name: block.name, inputs, outputs: outputsOf(block), passing };
}
