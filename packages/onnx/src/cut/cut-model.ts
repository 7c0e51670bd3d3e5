import type { BlockSite, InnerSite } from '@refrain/core';
import { OnnxError } from '../errors.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { inferTypes } from '../graph/infer-types.ts';
import { findBlocks } from './blocks.ts';
import { placeBlocks, type PlacedBlock } from './boundaries.ts';
import { carriedTensors, requireCuttable, type Cut } from './carried.ts';
import { findChains, type Chain } from './chains.ts';
import { findEndpoints, type EndpointOptions } from './endpoints.ts';
import { mergeCasts } from './equals.ts';
import { familiesOf, type BlockFamily } from './families.ts';
import { frontierOf, frontiers } from './frontier.ts';
import { traceInfluences, type Influences } from './influence.ts';
import { blocksBetween, tensorsOfCut, type CutTensors } from './manual.ts';
import { nameBlocks } from './names.ts';
import { narrowed } from './narrow.ts';
import { mainPath } from './path.ts';
import { placeModules, tensorsAt } from './positions.ts';
import { findRegions, type Boundary, type Regions } from './regions.ts';
import { joinSums, rejoinStreams } from './rejoin.ts';
import { findRuns, longestRun } from './runs.ts';
import { sitesOf, type LaidBlock } from './sites.ts';
import { anchorSizes, lookedUpBefore } from './sizes.ts';
import { findSums, type ResidualSum } from './sums.ts';
import { timestepEmbedding, TIMESTEP_EMBEDDING } from './timestep-embedding.ts';
import { traceTrunk, type Trunk } from './trunk.ts';
import { unifyPositions } from './uniform.ts';
import { warningsOf } from './warnings.ts';

/** Tensors of a module. */
export interface ModuleTensors {
  /** The module's output before its gate, one tensor for each stream that it writes. */
  readonly value: readonly string[];
  /** Its normed, scaled and shifted input, if it multiplies anything. */
  readonly modulated: string | undefined;
}

/** Where a model is cut, and what lies between the cuts. */
export interface ModelCut extends Cut {
  /**
   * The graph that the names belong to, from which parts are extracted: the model with what finding its blocks has
   * changed in it, never in what it computes.
   */
  readonly graph: Graph;
  /** Element types of all tensors as ONNX codes. */
  readonly types: ReadonlyMap<string, number>;
  /** Blocks by family, in the order of their first blocks. */
  readonly families: readonly BlockFamily[];
  /** Tensors of the model at the boundaries of the blocks that are sites, as option `cuts` takes them. */
  readonly cuts: readonly (readonly string[])[];
  /** What cannot be cached, or not in every way, and why. One sentence each. */
  readonly warnings: readonly string[];
  /** Blocks in order. */
  readonly blocks: readonly BlockSite[];
  /** Modules in order; the k-th starts at position k. */
  readonly inner: readonly InnerSite[];
  /** Tensors of each module. */
  readonly modules: readonly ModuleTensors[];
  /** Conditioning tensors that can be tapped, by the name of the tap. */
  readonly conditioning: ReadonlyMap<string, string>;
}

/** How to cut a model. */
export interface CutOptions extends EndpointOptions {
  /**
   * Tensors between blocks, where they would not be found: where the first block begins, where it ends and the second begins,
   * …, where the last one ends. Models with several streams need one tensor of each.
   */
  readonly cuts?: readonly CutTensors[] | undefined;
}

/**
 * Finds the transformer blocks of a model by the structure of its graph; names only name what was found.
 *
 * @param graph - the model
 * @param options - names of latent and output, and where to cut, where they would not be found
 * @throws OnnxError `NO_BLOCKS` when nothing repeats on a residual stream; `MODEL_UNSUPPORTED` when it cannot be cut there
 *
 * @example
 * ```ts
 * const { blocks } = cutModel(readGraph(bytes));
 * console.log(blocks.map(({ name }) => name)); // ['transformer_blocks.0', 'temporal_transformer_blocks.0', …]
 * ```
 */
export function cutModel(graph: Graph, options: CutOptions = {}): ModelCut {
  const merged = mergeCasts(graph);
  const cut = cutPrepared(merged, options);
  const joined = cut.warnings.length > 0 ? joinSums(merged) : merged;
  if (joined === merged) return cut;
  const other = cutPrepared(joined, options);
  return other.warnings.length < cut.warnings.length ? other : cut;
}

function cutPrepared(graph: Graph, options: CutOptions): ModelCut {
  const { latent, output } = findEndpoints(graph, options);
  const streams = traceStreams(graph, latent, output, options.cuts ?? []);
  const { trunk, chains, sums } = streams;
  const rejoined = rejoinStreams(graph, sums);
  if (rejoined !== graph) return cutPrepared(rejoined, options);
  const placed = options.cuts ? [blocksBetween(trunk, options.cuts)] : placeFound(streams, latent, output);
  const runs = layBlocks(trunk, chains, placed);
  const stack = longestRun(runs);
  const positions = positionsOf(stack);
  const boundaries = boundariesOf(stack);
  const firstLook = findRegions(trunk, boundaries);
  const lookedUp = lookedUpBefore(trunk, positions, carriedTensors(graph, firstLook), output);
  const anchored = anchorSizes(trunk, sums, firstLook, lookedUp);
  if (anchored !== graph) return cutPrepared(anchored, options);
  const regions = findRegions(trunk, boundaries, lookedUp);
  const carried = narrowed(graph, trunk.influences, carriedTensors(graph, regions));
  const found = { graph, positions, carried };
  const cut = { latent, output, ...unifyPositions(found, earlierThan(trunk, regions, found.positions)) };
  requireCuttable(cut.graph, cut);
  const embedding = timestepEmbedding(graph, trunk.influences);
  return {
    ...cut,
    ...sitesOf(stack),
    types: inferTypes(cut.graph),
    modules: stack.flatMap(({ modules }) => modules.map(({ value, modulated }) => ({ value, modulated }))),
    conditioning: new Map(embedding === undefined ? [] : [[TIMESTEP_EMBEDDING, embedding]]),
    families: familiesOf(trunk, runs.flat()),
    cuts: boundariesOf(stack).map(({ tensors }) => tensors),
    warnings: warningsOf(runs, stack, cut.positions),
  };
}

/** Whether a node lies before a position. What looks at sizes for a single block does so behind the cut that it reads. */
function earlierThan(
  trunk: Trunk,
  regions: Regions,
  positions: readonly (readonly string[])[],
): (node: GraphNode, position: number) => boolean {
  const before = positions.map((tensors) => frontierOf(trunk, tensors).before);
  return (node, position) => {
    if (trunk.members[node.index] === 1) return before[position]?.[node.index] === 1;
    const region = regions.of(node);
    return region === undefined || region === 'several' || region === 0;
  };
}

interface Streams {
  readonly trunk: Trunk;
  readonly sums: readonly ResidualSum[];
  readonly chains: readonly Chain[];
}

/** A stream that begins with conditioning, such as the text of a two-stream model, belongs to the trunk from there on. */
function traceStreams(graph: Graph, latent: string, output: string, cuts: readonly CutTensors[]): Streams {
  const trace = (influences: Influences): Streams => {
    const trunk = traceTrunk(graph, influences, output);
    const sums = findSums(trunk);
    return { trunk, sums, chains: findChains(trunk, sums) };
  };
  const influences = traceInfluences(graph, latent);
  const first = trace(influences);
  const starts = first.chains.flatMap(({ links: [link] }) => link?.path.slice(0, 1) ?? []);
  const beside = [...starts, ...cuts.flatMap(tensorsOfCut)].filter(
    (name) => !influences.latent(name) && !influences.constant(name),
  );
  return beside.length > 0 ? trace(traceInfluences(graph, latent, beside)) : first;
}

function placeFound(
  { trunk, chains }: Streams,
  latent: string,
  output: string,
): readonly (readonly PlacedBlock[])[] {
  const at = frontiers(trunk, chains);
  const runs = findRuns(findBlocks(trunk, mainPath(trunk, chains, at)));
  if (runs.length === 0) throw noBlocks(latent, output);
  return runs.map((run) => placeBlocks(trunk, run, at));
}

function layBlocks(
  trunk: Trunk,
  chains: readonly Chain[],
  runs: readonly (readonly PlacedBlock[])[],
): readonly (readonly LaidBlock[])[] {
  const names = nameBlocks(runs);
  return runs.map((run) =>
    run.map((placed) => ({
      ...placed,
      ...(names.get(placed.block) ?? { name: '', family: '' }),
      modules: placeModules(trunk, chains, placed),
    })),
  );
}

function boundariesOf(stack: readonly LaidBlock[]): readonly Boundary[] {
  const places = [...stack.map(({ from }) => from), ...stack.slice(-1).map(({ until }) => until)];
  return places.map((place) => ({ before: place.frontier.before, tensors: tensorsAt(place) }));
}

function positionsOf(stack: readonly LaidBlock[]): readonly (readonly string[])[] {
  const ends = stack.slice(-1).map(({ until }) => tensorsAt(until));
  return [...stack.flatMap(({ modules }) => modules.map(({ from }) => from)), ...ends];
}

function noBlocks(latent: string, output: string): OnnxError {
  return new OnnxError(
    'NO_BLOCKS',
    `found no repeated transformer block between "${latent}" and "${output}": expected attention on a residual stream, ` +
      'x + gate · attention(x), at least twice. If another input is the latent, name it with option latent; if you know where ' +
      'the blocks lie, name the tensors between them with option cuts.',
  );
}
