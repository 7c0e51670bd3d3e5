import type { FoundBlock } from './blocks.ts';

/** Blocks that follow each other with nothing costly in between. */
export type BlockRun = readonly FoundBlock[];

/**
 * Splits blocks where something costly lies between them.
 *
 * @param blocks - on the main stream, in order
 * @returns runs in order; empty if there is no second block that is like another or follows another
 */
export function findRuns(blocks: readonly FoundBlock[]): readonly BlockRun[] {
  const runs: FoundBlock[][] = [];
  for (const block of blocks) {
    const current = runs.at(-1);
    if (current && block.follows) current.push(block);
    else runs.push([block]);
  }
  const repeats = new Set(blocks.map(({ signature }) => signature)).size < blocks.length;
  return repeats || runs.some(({ length }) => length > 1) ? runs : [];
}

/**
 * The run that is made into a stream of sites: the one with the most attention. Policies act on a stream without gaps.
 *
 * @param runs - all of them
 */
export function longestRun<Run extends readonly { readonly block: FoundBlock }[]>(
  runs: readonly Run[],
): Run | readonly [] {
  const attentions = (run: Run): number =>
    run
      .flatMap(({ block }) => block.units)
      .filter(({ operation }) => operation !== 'mlp' && operation !== 'other').length;
  return runs.toSorted((a, b) => attentions(b) - attentions(a))[0] ?? [];
}
