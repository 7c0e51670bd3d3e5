import type { BlockSite, InnerSite } from '@refrain/core';
import { OnnxError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { inferTypes } from '../graph/infer-types.ts';
import { groupBlocks, type BlockStack } from './blocks.ts';
import { carriedTensors, requireCuttable, type Cut } from './carried.ts';
import { findEndpoints, type EndpointOptions } from './endpoints.ts';
import { traceInfluences } from './influence.ts';
import { placeModules } from './positions.ts';
import { nameSites } from './sites.ts';
import { findStack } from './stack.ts';
import { timestepEmbedding, TIMESTEP_EMBEDDING } from './timestep-embedding.ts';
import { segmentTrunk } from './trunk.ts';

/** Tensors of a module. */
export interface ModuleTensors {
  /** The module's output before its gate, one tensor for each stream that it writes. */
  readonly value: readonly string[];
  /** Its normed, scaled and shifted input, if it multiplies anything. */
  readonly modulated: string | undefined;
}

/** A transformer block as it stands in the graph. */
export interface CutBlock {
  /** As the site of the same name. */
  readonly name: string;
  /** Tensors that its modules start from. A reordering of tokens may lie between these and the outputs of the block before. */
  readonly inputs: readonly string[];
  /** Tensors that its modules end with. */
  readonly outputs: readonly string[];
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

/**
 * Finds the transformer blocks of a model by the structure of its graph; names only name what was found.
 *
 * @param graph - the model
 * @param options - names of latent and output, where they would not be found
 * @throws OnnxError `NO_BLOCKS` when nothing repeats on a residual stream of one tensor; `MODEL_UNSUPPORTED` when it cannot
 * be cut there
 *
 * @example
 * ```ts
 * const { blocks } = cutModel(readGraph(bytes));
 * console.log(blocks.map(({ name }) => name)); // ['transformer_blocks.0', 'temporal_transformer_blocks.0', …]
 * ```
 */
export function cutModel(graph: Graph, options: EndpointOptions = {}): ModelCut {
  const { latent, output } = findEndpoints(graph, options);
  const influences = traceInfluences(graph, latent);
  const segments = segmentTrunk(graph, influences, latent, output);
  const stack = findStack(graph, influences, segments);
  const blockStack = stack && groupBlocks(graph, stack);
  if (!blockStack) throw noBlocks(latent, output);
  const placed = placeModules(blockStack);
  const sites = nameSites(blockStack.groups, placed);
  const positions = placed.tensors.map((tensor) => [tensor]);
  const boundaries = [
    ...sites.blocks.map(({ from }) => placed.tensors[from] ?? ''),
    placed.tensors.at(-1) ?? '',
  ];
  const carried = carriedTensors(graph, influences, segments, boundaries);
  const embedding = timestepEmbedding(graph, influences);
  const conditioning = new Map(embedding === undefined ? [] : [[TIMESTEP_EMBEDDING, embedding]]);
  const cut = { latent, output, positions, carried };
  requireCuttable(graph, cut);
  return {
    ...cut,
    ...sites,
    modules: moduleTensors(blockStack),
    conditioning,
    graph,
    types: inferTypes(graph),
    families: [],
    warnings: [],
  };
}

function moduleTensors({ groups }: BlockStack): readonly ModuleTensors[] {
  return groups.flatMap(({ modules }) =>
    modules.map(({ value, modulated }) => ({ value: [value], modulated })),
  );
}

function noBlocks(latent: string, output: string): OnnxError {
  return new OnnxError(
    'NO_BLOCKS',
    `found no repeated transformer block between "${latent}" and "${output}": expected attention on a residual stream of one ` +
      'tensor, x + gate · attention(x), at least twice. Models with two streams, or with skips across blocks, are not ' +
      'supported yet. If another input is the latent, name it with option latent.',
  );
}
