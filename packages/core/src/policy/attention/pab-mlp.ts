import type { InnerSite, Stream } from '../../pass/site.ts';

/** When the outputs of MLPs are broadcast. */
export interface MlpBroadcast {
  /** Whole timesteps at which outputs are kept. */
  readonly mlpTimesteps: readonly number[];
  /** Blocks that take part, counted within their family; none stands for all. */
  readonly mlpBlocks: readonly number[];
  /** For how many steps a kept output is used. */
  readonly mlpSkip: number;
}

/**
 * For each step the step whose MLP outputs it takes: itself where they are kept, an earlier one where they are broadcast,
 * −1 where they are neither.
 *
 *     kept(s) ⇔ ⌊t_s⌋ is listed;   broadcast(s) ⇔ not kept(s) and kept(k) for some k with 1 ≤ s − k ≤ skip
 *
 * Where two kept outputs reach a step the newer one is taken; VideoSys takes the one that its table names first.
 *
 * @param timesteps - of the run
 * @param options - which are listed, and how far they reach
 */
export function mlpSources(
  timesteps: readonly number[],
  { mlpTimesteps, mlpSkip }: MlpBroadcast,
): readonly number[] {
  let kept = -Infinity;
  return timesteps.map((timestep, step) => {
    if (mlpTimesteps.includes(Math.trunc(timestep))) kept = step;
    return step - kept <= mlpSkip ? kept : -1;
  });
}

/**
 * True for MLPs whose block takes part. Blocks count within their family, as the source counts spatial and temporal
 * blocks apart.
 */
export function broadcastsMlp(
  { kind, block }: InnerSite,
  { blocks }: Stream,
  { mlpTimesteps, mlpBlocks }: MlpBroadcast,
): boolean {
  if (kind !== 'mlp' || mlpTimesteps.length === 0) return false;
  const own = blocks.find(({ name }) => name === block);
  const index = blocks.filter(({ family }) => family === own?.family).findIndex(({ name }) => name === block);
  return mlpBlocks.length === 0 || mlpBlocks.includes(index);
}
