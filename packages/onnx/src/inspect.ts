import type { ModuleKind } from '@refrain/core';
import { cutModel, type CutOptions, type ModelCut } from './cut/cut-model.ts';
import type { BlockFamily, CutBlock } from './cut/families.ts';
import type { Graph } from './graph/graph.ts';
import type { TensorProto } from './graph/proto/onnx_pb.js';
import { backwardSlice, type Slice } from './graph/slice.ts';
import { flopsOf } from './shapes/flops.ts';
import { inferShapes } from './shapes/infer-shapes.ts';
import type { Known } from './shapes/known.ts';

/** How to look at a model. */
export interface InspectOptions extends CutOptions {
  /**
   * Sizes of free dimensions, by their names in the file, for the estimate of operations.
   * @defaultValue 1 for each
   */
  readonly dimensions?: Readonly<Record<string, number>> | undefined;
}

/** A module inside a block that can be cached by itself. */
export interface InspectedSite {
  readonly name: string;
  readonly kind: ModuleKind;
}

/** A transformer block that was found. */
export interface InspectedBlock {
  /** The module that it was exported from, or a number. */
  readonly name: string;
  /** Tensors that it starts from. */
  readonly inputs: readonly string[];
  /** Tensors that it gives. */
  readonly outputs: readonly string[];
  /** Floating-point operations of its matrix products; null when their sizes cannot be told. */
  readonly flops: number | null;
  /** Weights that it multiplies by, adds or looks up; shared ones count in every block that uses them. */
  readonly parameters: number;
  /** Modules inside it that can be cached by themselves. */
  readonly sites: readonly InspectedSite[];
  /** True if it is part of the stream that policies act on. */
  readonly cacheable: boolean;
  /** Its place among the blocks of that stream, from 0; null if it is none of them. */
  readonly position: number | null;
}

/** Blocks that compute the same with other weights. */
export interface InspectedFamily {
  readonly name: string;
  /** Number of blocks. */
  readonly count: number;
  /** Number of tensors that a block gives. */
  readonly streams: number;
  readonly blocks: readonly InspectedBlock[];
}

/** What a model consists of, as far as caching is concerned. Plain data. */
export interface Inspection {
  /** Name of the graph in the file. */
  readonly name: string;
  /** The input that is denoised, and the output that was followed. */
  readonly latent: string;
  readonly output: string;
  /** Version of the standard operators. */
  readonly opset: number;
  /** Number of nodes. */
  readonly nodes: number;
  /** Weights of the whole model. */
  readonly parameters: number;
  /** Operations of the whole model; null when they cannot be told. */
  readonly flops: number | null;
  /** Sizes that free dimensions were given for the estimate of operations. */
  readonly dimensions: Readonly<Record<string, number>>;
  readonly families: readonly InspectedFamily[];
  /** Tensors at the boundaries of the cached blocks, as option `cuts` takes them. */
  readonly cuts: readonly (readonly string[])[];
  /** What is computed once per pass and handed to all blocks. */
  readonly carried: readonly string[];
  /** What cannot be cached, or not in every way, and why. */
  readonly warnings: readonly string[];
}

/**
 * Finds the blocks of a model and estimates what they cost. Nothing is run, and weights are not loaded.
 *
 * @param graph - the model
 * @param options - names where they would not be found, and sizes of free dimensions
 * @throws OnnxError as {@link cutModel}
 *
 * @example
 * ```ts
 * const { families, warnings } = inspectModel(await loadGraph('transformer.onnx'), { dimensions: { batch: 2 } });
 * ```
 */
export function inspectModel(graph: Graph, options: InspectOptions = {}): Inspection {
  const cut = cutModel(graph, options);
  const dimensions = sizesOfFree(graph, options.dimensions ?? {});
  const costs = { graph, cut, shapes: inferShapes(graph, dimensions) };
  const families = cut.families.map((family) => inspectedFamily(costs, family));
  const whole = costOf(costs, backwardSlice(graph, [], [cut.output]));
  const unknown = families.flatMap(({ blocks }) => blocks).filter(({ flops }) => flops === null);
  return {
    name: graph.proto.name,
    latent: cut.latent,
    output: cut.output,
    opset: graph.opset,
    nodes: graph.nodes.length,
    ...whole,
    dimensions,
    families,
    cuts: cut.cuts,
    carried: cut.carried,
    warnings: [
      ...cut.warnings,
      ...(unknown.length > 0
        ? [
            `${unknown.length} blocks: operations cannot be estimated, because sizes of their tensors cannot be told.`,
          ]
        : []),
    ],
  };
}

interface Costs {
  readonly graph: Graph;
  readonly cut: ModelCut;
  readonly shapes: ReadonlyMap<string, Known>;
}

function sizesOfFree(
  { inputs }: Graph,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const free = inputs.flatMap(({ shape }) => shape ?? []).filter((size) => typeof size === 'string');
  return Object.fromEntries([...new Set(free)].map((name) => [name, given[name] ?? 1]));
}

function inspectedFamily(costs: Costs, { name, streams, blocks }: BlockFamily): InspectedFamily {
  return { name, count: blocks.length, streams, blocks: blocks.map((block) => inspectedBlock(costs, block)) };
}

function inspectedBlock(costs: Costs, block: CutBlock): InspectedBlock {
  const { graph, cut } = costs;
  const { name, inputs, outputs, passing } = block;
  const given = [...inputs, ...passing, ...cut.carried, ...cut.conditioning.values()];
  const sites = cut.inner.filter((site) => site.block === name);
  return {
    name,
    inputs,
    outputs,
    ...costOf(costs, backwardSlice(graph, given, outputs)),
    sites: sites.map((site) => ({ name: site.name, kind: site.kind })),
    cacheable: sites.length > 0,
    position: placeOf(cut, name),
  };
}

function placeOf({ blocks }: ModelCut, name: string): number | null {
  const place = blocks.findIndex((block) => block.name === name);
  return place < 0 ? null : place;
}

function costOf({ graph, shapes }: Costs, slice: Slice): { flops: number | null; parameters: number } {
  const flops = slice.nodes.map((node) => flopsOf(node, shapes));
  const stored = [...slice.initializers].flatMap((name) => graph.initializers.get(name) ?? []);
  const inNodes = slice.nodes
    .flatMap(({ proto }) => proto.attribute.flatMap(({ t }) => t ?? []))
    .filter(({ dims }) => dims.length > 1);
  return {
    flops: flops.includes(undefined) ? null : flops.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    parameters: [...stored, ...inNodes].reduce((sum, tensor) => sum + parametersOf(tensor), 0),
  };
}

/** Integers are indices and sizes, but for quantised weights of 4 or 8 bits. */
const weightTypes: ReadonlySet<number> = new Set([1, 2, 3, 10, 11, 16, 17, 18, 19, 20, 21, 22]);

function parametersOf({ dims, dataType }: TensorProto): number {
  const count = dims.map(Number).reduce((product, size) => product * size, 1);
  // A single number is a setting, such as the epsilon of a norm.
  return weightTypes.has(dataType) && count > 1 ? count : 0;
}
