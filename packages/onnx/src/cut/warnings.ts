import type { LaidBlock } from './sites.ts';

/**
 * Says what of a model cannot be cached, or not in every way.
 *
 * @param runs - blocks that follow each other, all runs
 * @param stack - the run that is a stream of sites
 * @param positions - tensors that flow at each position of that stream
 */
export function warningsOf(
  runs: readonly (readonly LaidBlock[])[],
  stack: readonly LaidBlock[],
  positions: readonly (readonly string[])[],
): readonly string[] {
  const apart = runs.filter((run) => run !== stack).map(apartFromStack);
  return [...apart, ...changedInterfaces(stack, positions), ...undividedBlocks(stack)];
}

function apartFromStack(run: readonly LaidBlock[]): string {
  return `${rangeOf(run)}: not cached, because other layers lie between ${run.length > 1 ? 'them' : 'it'} and the other blocks.`;
}

/** Blocks that end with other tensors than they begin with have no residual. */
function changedInterfaces(
  stack: readonly LaidBlock[],
  positions: readonly (readonly string[])[],
): readonly string[] {
  let at = 0;
  const changed = stack.filter(({ modules }) => {
    const from = at;
    at += modules.length;
    return positions[from]?.length !== positions[at]?.length;
  });
  if (changed.length === 0) return [];
  const skips = changed.some(
    ({ from, until }) => from.frontier.skips.length + until.frontier.skips.length > 0,
  );
  const why = skips ? 'skip connections begin or end there' : 'streams are joined or end there';
  return [
    `${namesOf(changed)}: a residual cannot be cached across one such block alone, only its output, because ${why}: it ends with another number of tensors than it begins with.`,
  ];
}

function undividedBlocks(stack: readonly LaidBlock[]): readonly string[] {
  const whole = stack.filter(({ block, modules }) => block.units.length > 1 && modules.length === 1);
  if (whole.length === 0) return [];
  return [
    `${namesOf(whole)}: cached as a whole only, because attention and MLP could not be told apart on all streams.`,
  ];
}

function rangeOf(run: readonly LaidBlock[]): string {
  const [first, last] = [run[0], run.at(-1)];
  return run.length > 1 ? `${first?.name} to ${last?.name}` : `${first?.name}`;
}

function namesOf(blocks: readonly LaidBlock[]): string {
  return blocks.length > 4
    ? `${blocks.length} blocks from ${blocks[0]?.name}`
    : blocks.map(({ name }) => name).join(', ');
}
