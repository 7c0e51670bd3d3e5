import type { PlacedBlock } from './boundaries.ts';
import { tensorsAt } from './positions.ts';
import { difference, type Trunk } from './trunk.ts';

/**
 * Tensors that a block gives: what ends with it and did not flow into it.
 *
 * @param placed - the block
 */
export function outputsOf({ start, end }: PlacedBlock): readonly string[] {
  const entered = new Set(tensorsAt(start));
  return tensorsAt(end).filter((name) => !entered.has(name));
}

/**
 * Tensors that a block starts from: what flows into it, but for what flows past it.
 *
 * @param trunk - what carries the latent to the output
 * @param placed - the block
 */
export function inputsOf(trunk: Trunk, { start, end }: PlacedBlock): readonly string[] {
  const nodes = difference(trunk, end.frontier.before, start.frontier.before);
  const read = new Set(nodes.flatMap(({ reads }) => reads));
  return tensorsAt(start).filter((name) => read.has(name));
}
