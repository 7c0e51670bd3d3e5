import type { PlacedBlock } from './boundaries.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { Chain } from './chains.ts';
import { frontierOf, type Frontier } from './frontier.ts';
import type { OperationKind } from './kind.ts';
import { modulatedInput, withoutGate } from './module.ts';
import { isMatrixProduct } from './operators.ts';
import { layoutAfter, type Layout } from './layout.ts';
import type { Place, Unit } from './path.ts';
import type { ResidualSum } from './sums.ts';
import { difference, type NodeSet, type Trunk } from './trunk.ts';

/** A module inside a block, with the tensors that make it a site. */
export interface PlacedModule {
  /** Tensors that flow where it begins. */
  readonly from: readonly string[];
  /** The module's output before its gate, one tensor for each stream that it writes. */
  readonly value: readonly string[];
  /** What it multiplies first: the normed, scaled and shifted stream. Undefined when it multiplies nothing. */
  readonly modulated: string | undefined;
  /** What it computes. */
  readonly operation: OperationKind;
  /** Its first matrix product. */
  readonly product: GraphNode | undefined;
  /** How its tokens lie. */
  readonly layout: Layout;
}

/** A cut inside a block. */
interface Start {
  readonly before: NodeSet;
  readonly tensors: readonly string[];
}

/** How a block may be divided. */
interface Division {
  /** Cuts between its modules. */
  readonly starts: readonly Start[];
  /** How many sums each module has; the same for all where left out. */
  readonly sums?: readonly number[];
}

/**
 * Divides a block into modules: on each of its streams the first residual sum belongs to the first module, the second to the
 * second, and so on. Where that does not come out even, the block stays in one piece, and its value is its output.
 *
 * @param trunk - what carries the latent to the output
 * @param chains - the residual streams
 * @param placed - the block
 */
export function placeModules(
  trunk: Trunk,
  chains: readonly Chain[],
  placed: PlacedBlock,
): readonly PlacedModule[] {
  const { from, until } = placed;
  const nodes = difference(trunk, until.frontier.before, from.frontier.before);
  const sums = sumsInside(chains, new Set(nodes), placed);
  for (const division of [alignedStarts(trunk, chains, placed), joinedStarts(placed)]) {
    const starts = [startOf(from), ...(division?.starts ?? []), startOf(until)];
    const groups = starts.slice(1).map((end, nth) => sums.filter((sum) => isBetween(sum, starts[nth], end)));
    const even = groups.every(({ length }, nth) => {
      return length > 0 && length === (division?.sums?.[nth] ?? groups[0]?.length);
    });
    if (division && even && groups.length === placed.block.units.length)
      return modulesOf(trunk, placed, groups, starts);
  }
  return [undivided(trunk, placed, nodes)];
}

function startOf({ frontier }: Pick<Place, 'frontier'>): Start {
  return { before: frontier.before, tensors: tensorsOf(frontier) };
}

function isBetween({ node }: ResidualSum, start: Start | undefined, end: Start): boolean {
  return end.before[node.index] === 1 && start?.before[node.index] !== 1;
}

/** Sums of the main stream first. */
function sumsInside(
  chains: readonly Chain[],
  nodes: ReadonlySet<GraphNode>,
  { block }: PlacedBlock,
): readonly ResidualSum[] {
  const main = new Set(block.units.map(({ link }) => link.sum));
  return chains
    .flatMap(({ links }) => links.map(({ sum }) => sum))
    .filter(({ node }) => nodes.has(node))
    .toSorted((a, b) => Number(main.has(b)) - Number(main.has(a)));
}

/**
 * Cuts in front of the second sum of every stream, in front of the third, and so on; undefined if more flows there. A stream
 * that ends inside the block, as the text's in a model's last block, may have fewer sums than the main stream.
 */
function alignedStarts(
  trunk: Trunk,
  chains: readonly Chain[],
  { block, from, until }: PlacedBlock,
): Division | undefined {
  const inside = (sum: ResidualSum): boolean => isBetween(sum, startOf(from), startOf(until));
  const streams = chains
    .map(({ links }) => links.map(({ sum }) => sum).filter(inside))
    .filter((sums) => sums.length > 0)
    .toSorted((a, b) => Number(hasMain(block, b)) - Number(hasMain(block, a)));
  const ends = (sums: readonly ResidualSum[]): boolean =>
    sums.length < block.units.length && !tensorsAt(until).includes(sums.at(-1)?.output ?? '');
  if (!streams.every((sums) => sums.length === block.units.length || ends(sums))) return undefined;
  const entering = tensorsOf(from.frontier);
  const starts = block.units.slice(1).map((_, nth) => {
    const frontier = frontierOf(
      trunk,
      streams.map((sums) => sums[nth + 1]?.stream ?? sums.at(-1)?.output ?? ''),
    );
    return { frontier, through: frontier.skips.every((name) => entering.includes(name)) };
  });
  if (!starts.every(({ through }) => through)) return undefined;
  const counts = block.units.map((_, nth) => streams.filter(({ length }) => length > nth).length);
  return { starts: starts.map(startOf), sums: counts };
}

function hasMain({ units }: PlacedBlock['block'], sums: readonly ResidualSum[]): boolean {
  return units.some(({ link }) => sums.includes(link.sum));
}

/**
 * Cuts where streams are joined between two modules: of the places in front of each module but the first the one with as
 * many tensors as the block begins with, else the narrowest.
 */
function joinedStarts({ from, block: { units } }: PlacedBlock): Division {
  const change = ({ tensors }: Start): number => (tensors.length === tensorsAt(from).length ? 0 : 1);
  const inner = units.slice(1).flatMap((unit, nth) => {
    const end = units[nth]?.end;
    const starts = [...(end ? [end] : []), ...unit.places].map(startOf).toReversed();
    return starts.toSorted((a, b) => change(a) - change(b) || a.tensors.length - b.tensors.length)[0] ?? [];
  });
  return { starts: inner };
}

function modulesOf(
  trunk: Trunk,
  { block, layout: start }: PlacedBlock,
  groups: readonly (readonly ResidualSum[])[],
  starts: readonly Start[],
): readonly PlacedModule[] {
  let layout = start;
  return block.units.map((unit, nth) => {
    if (nth > 0) layout = layoutAlong(trunk, layout, unit);
    const product = firstProduct(unit.nodes, unit.link.sum.source);
    return {
      from: starts[nth]?.tensors ?? [],
      value: (groups[nth] ?? []).flatMap(({ branch, beside }) =>
        [branch, ...(beside === undefined ? [] : [beside])].map((one) => withoutGate(trunk, one)),
      ),
      modulated: modulatedInput(trunk, unit.nodes, product),
      operation: unit.operation,
      product,
      layout,
    };
  });
}

function layoutAlong({ graph }: Trunk, start: Layout, { places }: Unit): Layout {
  return places.reduce((layout, { tensor }) => layoutAfter(layout, graph.producers.get(tensor)), start);
}

function undivided(trunk: Trunk, placed: PlacedBlock, nodes: readonly GraphNode[]): PlacedModule {
  const from = tensorsOf(placed.from.frontier);
  const [first] = placed.block.units;
  const product = first && firstProduct(first.nodes, first.link.sum.source);
  return {
    from,
    value: tensorsOf(placed.until.frontier).filter((name) => !from.includes(name)),
    modulated: modulatedInput(trunk, nodes, product),
    operation: 'other',
    product,
    layout: placed.layout,
  };
}

/** The first matrix product that depends on the stream; before it in the order of nodes another stream may have its own. */
function firstProduct(nodes: readonly GraphNode[], stream: string): GraphNode | undefined {
  const reached = new Set([stream]);
  for (const node of nodes) {
    if (!node.reads.some((name) => reached.has(name))) continue;
    if (isMatrixProduct(node)) return node;
    for (const name of node.writes) reached.add(name);
  }
  return undefined;
}

/** All tensors of a cut, streams first. */
function tensorsOf({ streams, skips }: Frontier): readonly string[] {
  return [...streams, ...skips];
}

/** The tensors that flow through a place. */
export function tensorsAt({ frontier }: Place): readonly string[] {
  return tensorsOf(frontier);
}
