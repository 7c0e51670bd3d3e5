import type { GraphNode } from '../graph/graph.ts';
import { endOf, type FoundBlock } from './blocks.ts';
import type { FrontierAt } from './frontier.ts';
import { layoutAfter, type Layout } from './layout.ts';
import { placesBehind, type Place } from './path.ts';
import { isInScope, type BlockScope } from './scope.ts';
import type { Trunk } from './trunk.ts';

/** A place, and how the tokens lie there. */
interface LaidPlace extends Place {
  readonly layout: Layout;
}

/** Places between two blocks that a cut may choose from, in order. */
interface Between {
  readonly places: readonly LaidPlace[];
  /** The first one that does not belong to the block before. */
  readonly first: number;
  /** The last one that does not belong to the block behind. */
  readonly last: number;
}

/** Where a block lies on the stream. */
export interface PlacedBlock {
  /** The block. */
  readonly block: FoundBlock;
  /** Where the block itself begins: behind what lays the tokens out for it. */
  readonly start: Place;
  /** Where the block itself ends: before that. */
  readonly end: Place;
  /** The cut before it. */
  readonly from: Place;
  /** The cut behind it. */
  readonly until: Place;
  /** How its tokens lie where its first module begins. */
  readonly layout: Layout;
}

/**
 * Chooses the cuts between blocks. Several places will do, as between two blocks the stream is only laid out anew, joined or
 * split. What the exporter wrote down as part of a block stays with it. Of the rest the first place is taken that keeps the
 * layout of the stream's start and the number of tensors, so that the residual across any blocks is defined.
 *
 * @param trunk - what carries the latent to the output
 * @param blocks - blocks that follow each other, at least one
 * @param at - makes frontiers
 */
export function placeBlocks(
  trunk: Trunk,
  blocks: readonly FoundBlock[],
  at: FrontierAt,
): readonly PlacedBlock[] {
  const placed: PlacedBlock[] = [];
  let cut: LaidPlace | undefined;
  let layout: Layout = [];
  for (const [index, block] of blocks.entries()) {
    const options = betweenBlocks(trunk, blocks[index - 1], block, layout);
    const next = cut ? chooseCut(options, cut) : firstCut(options, block);
    if (!next) return [];
    closeLast(placed, options, next);
    const start = block.merges ? next : (options.places[options.last] ?? next);
    layout = options.places.at(-1)?.layout ?? [];
    placed.push({ block, start, end: start, from: next, until: next, layout });
    cut = next;
  }
  const last = blocks.at(-1);
  const end = last && endOf(last);
  if (!cut || !end) return [];
  const behind = between(trunk, [end, ...placesBehind(trunk, end, at)], layout, last.scope, undefined);
  closeLast(placed, behind, chooseCut(behind, cut) ?? cut);
  return placed;
}

/**
 * The block before a cut ends there. Without scopes nothing says whether joining its streams belongs to it; it does if the
 * block begins with as many.
 */
function closeLast(placed: PlacedBlock[], { places, first }: Between, until: LaidPlace): void {
  const block = placed.pop();
  if (!block) return;
  const streams = block.from.frontier.streams.length;
  const own = places[first] ?? until;
  const joined = block.block.scope === undefined && own.frontier.streams.length !== streams;
  placed.push({ ...block, end: joined && until.frontier.streams.length === streams ? until : own, until });
}

/** In front of the first block the layout is canonical by definition. */
function betweenBlocks(
  trunk: Trunk,
  previous: FoundBlock | undefined,
  block: FoundBlock,
  layout: Layout,
): Between {
  const places = block.units[0]?.places ?? [];
  const end = previous && endOf(previous);
  if (!end) {
    const free = between(trunk, places, [], undefined, block.scope);
    return { ...free, places: free.places.map((place) => ({ ...place, layout: [] })) };
  }
  if (block.merges) return between(trunk, [end], layout, previous.scope, block.scope);
  return between(trunk, [end, ...places], layout, previous.scope, block.scope);
}

function between(
  trunk: Trunk,
  places: readonly Place[],
  start: Layout,
  before: BlockScope | undefined,
  behind: BlockScope | undefined,
): Between {
  const producers = places.map(({ tensor }) => trunk.graph.producers.get(tensor));
  let layout = start;
  const laid = places.map((place, nth) => {
    if (nth > 0) layout = layoutAfter(layout, producers[nth]);
    return { ...place, layout };
  });
  const inside = (scope: BlockScope | undefined, node: GraphNode | undefined): boolean =>
    scope !== undefined && isInScope(node, scope);
  let first = 0;
  // A block that takes joined streams apart at its end is cut before that: a part is no longer what it began with.
  const ends = (node: GraphNode | undefined): boolean => inside(before, node) && !takesPart(node);
  while (first + 1 < places.length && ends(producers[first + 1])) first += 1;
  let last = places.length - 1;
  while (last > first && inside(behind, producers[last])) last -= 1;
  return { places: laid, first, last };
}

function takesPart(node: GraphNode | undefined): boolean {
  return node?.operator === 'Slice' || node?.operator === 'Split';
}

/** As many streams as the block ends with, then the narrowest place, as late as possible. */
function firstCut({ places, last }: Between, block: FoundBlock): LaidPlace | undefined {
  const streams = endOf(block)?.frontier.streams.length;
  const change = (place: LaidPlace): number => (place.frontier.streams.length === streams ? 0 : 1);
  return places
    .slice(0, last + 1)
    .toReversed()
    .toSorted((a, b) => change(a) - change(b) || width(a) - width(b))[0];
}

function chooseCut({ places, first, last }: Between, before: LaidPlace): LaidPlace | undefined {
  const change = (place: LaidPlace): number =>
    place.frontier.streams.length === before.frontier.streams.length ? 0 : 1;
  return places
    .slice(first, last + 1)
    .toSorted(
      (a, b) =>
        Math.sign(a.layout.length) - Math.sign(b.layout.length) ||
        change(a) - change(b) ||
        width(a) - width(b),
    )[0];
}

function width({ frontier: { streams, skips } }: Place): number {
  return streams.length + skips.length;
}
