import type { GraphNode } from '../graph/graph.ts';
import type { Chain, Link } from './chains.ts';
import { operandsOfJoin, type Frontier, type FrontierAt } from './frontier.ts';
import { operationKind, type OperationKind } from './kind.ts';
import { isCostly } from './operators.ts';
import { addAncestors, difference, writes, type Trunk } from './trunk.ts';

/** A tensor at which the model can be cut. */
export interface Place {
  /** The tensor of the main stream. */
  readonly tensor: string;
  /** Where other streams stand. */
  readonly frontier: Frontier;
}

/** A stretch of the trunk up to a residual sum of the main stream. */
export interface Unit {
  /** The sum, and the way to it. */
  readonly link: Link;
  /** Places between the sum before and this module, in order; the last one is where the module begins. */
  readonly places: readonly Place[];
  /** Where the sum stands. */
  readonly end: Place;
  /** Trunk nodes of the module. */
  readonly nodes: readonly GraphNode[];
  /** Trunk nodes between the sum before and the module. */
  readonly gap: readonly GraphNode[];
  /** True if nothing costly lies in that gap. */
  readonly follows: boolean;
  /** What the module computes. */
  readonly operation: OperationKind;
}

/**
 * Orders residual sums along the way from the latent to the output. Beside a two-stream model's main stream the other one
 * is carried along: the main one is that on which more sums follow each other.
 *
 * @param trunk - what carries the latent to the output
 * @param chains - the residual streams
 * @param at - makes frontiers
 */
export function mainPath(trunk: Trunk, chains: readonly Chain[], at: FrontierAt): readonly Unit[] {
  const place = (tensor: string): Place => ({ tensor, frontier: at(tensor) });
  const units: Unit[] = [];
  let before: Place | undefined;
  for (const link of longestWay(trunk, chains)) {
    const unit = unitOf(trunk, link, before, place);
    units.push(unit);
    before = unit.end;
  }
  return units;
}

function unitOf(trunk: Trunk, link: Link, before: Place | undefined, place: (tensor: string) => Place): Unit {
  const end = place(link.sum.output);
  // Where a stream begins by joining others, it may be cut before. One of them will do, as the rest goes beside it.
  const joined = operandsOfJoin(trunk, link.path[0]);
  const operand = joined.find((name) => name === before?.tensor) ?? joined[0];
  const beginning = operand === undefined ? link.path : [operand, ...link.path];
  const places = beginning
    .filter((name) => trunk.influences.latent(name) && isTensor(trunk, name))
    .map(place);
  const start = places.at(-1) ?? before ?? end;
  const nodes = difference(trunk, end.frontier.before, start.frontier.before);
  const gap = before ? difference(trunk, start.frontier.before, before.frontier.before) : [];
  const operation = operationKind(trunk, start.tensor, link.sum, nodes);
  const follows = before !== undefined && !gap.some((node) => isCostly(node) || changesTokens(trunk, node));
  return { link, places, end, nodes, gap, follows, operation };
}

/** Operators that give another number of tokens than they are given. */
const resizing: ReadonlySet<string> = new Set(['Slice', 'Split', 'Pad', 'Resize', 'Gather', 'Compress']);

/**
 * Whether a stream has more or fewer tokens behind a node: some are dropped, or those of the prompt are added. Streams that
 * are joined to one go on as they are.
 */
function changesTokens({ influences }: Trunk, { operator, reads }: GraphNode): boolean {
  const latent = reads.filter((name) => influences.latent(name));
  if (operator === 'Concat') return latent.length < reads.length;
  if (operator === 'ScatterND' || operator === 'ScatterElements') return !influences.latent(reads[0] ?? '');
  return resizing.has(operator);
}

/** Sequences and optional values cannot be handed from one part of a model to another. */
function isTensor({ graph }: Trunk, name: string): boolean {
  const operator = graph.producers.get(name)?.operator ?? '';
  return !(operator.startsWith('Sequence') && operator !== 'SequenceAt') && operator !== 'SplitToSequence';
}

/** Staying on a stream, and one that begins with the latent itself, break ties. */
const sameStream = 1e-3;
const fromLatent = 1e-6;

interface Step {
  readonly link: Link;
  readonly chain: Chain;
  readonly length: number;
  readonly before: Step | undefined;
}

function longestWay(trunk: Trunk, chains: readonly Chain[]): readonly Link[] {
  const steps: Step[] = [];
  for (const { link, chain } of linksInOrder(chains)) {
    const before = bestBefore(trunk, steps, link, chain);
    const begins = trunk.influences.latent(chain.links[0]?.path[0] ?? '') ? fromLatent : 0;
    const stays = before?.chain === chain ? sameStream : 0;
    steps.push({ link, chain, before, length: (before?.length ?? 0) + 1 + begins + stays });
  }
  const way: Link[] = [];
  let step = longest(steps);
  for (; step; step = step.before) way.push(step.link);
  return way.toReversed();
}

function linksInOrder(chains: readonly Chain[]): readonly { link: Link; chain: Chain }[] {
  return chains
    .flatMap((chain) => chain.links.map((link) => ({ link, chain })))
    .toSorted((a, b) => a.link.sum.node.index - b.link.sum.node.index);
}

function bestBefore(trunk: Trunk, steps: readonly Step[], link: Link, chain: Chain): Step | undefined {
  const ancestors = new Uint8Array(trunk.graph.nodes.length);
  addAncestors(trunk, ancestors, link.sum.source);
  return longest(
    steps.filter(({ link: { sum } }) => writes(trunk, ancestors, sum.output)),
    chain,
  );
}

function longest(steps: readonly Step[], chain?: Chain): Step | undefined {
  let best: Step | undefined;
  let bestLength = 0;
  for (const step of steps) {
    const length = step.length + (step.chain === chain ? sameStream : 0);
    if (length > bestLength) {
      best = step;
      bestLength = length;
    }
  }
  return best;
}

/**
 * Places behind the last sum, for as long as the streams are only laid out anew or joined.
 *
 * @param trunk - what carries the latent to the output
 * @param end - the last sum
 * @param at - makes frontiers
 */
export function placesBehind(trunk: Trunk, end: Place, at: FrontierAt): readonly Place[] {
  const places: Place[] = [];
  for (let place = end; place.tensor !== trunk.output;) {
    const { graph, members, influences } = trunk;
    const readers = (graph.consumers.get(place.tensor) ?? []).filter(({ index }) => members[index] === 1);
    const [reader] = readers;
    const tensor = reader?.writes[0];
    if (readers.length !== 1 || !reader || tensor === undefined || isCostly(reader)) break;
    const sources = reader.reads.filter((name) => influences.latent(name));
    if (!sources.every((name) => place.frontier.streams.includes(name))) break;
    place = { tensor, frontier: at(tensor) };
    places.push(place);
  }
  return places;
}
