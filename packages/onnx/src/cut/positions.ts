import type { BlockStack } from './blocks.ts';
import { layoutAfter, type Layout } from './layout.ts';
import type { StackModule } from './stack.ts';
import type { Segment } from './trunk.ts';

/** A module, placed on the stream. */
export interface PlacedModule {
  /** The module. */
  readonly module: StackModule;
  /** Index of its block. */
  readonly block: number;
  /** True if its tokens lie as they do at the start of the stream. */
  readonly canonical: boolean;
}

/** Where the stream can be cut. */
export interface Positions {
  /** The tensor at each position, one more than modules. */
  readonly tensors: readonly string[];
  /** Modules in order: the k-th lies between positions k and k + 1. */
  readonly modules: readonly PlacedModule[];
}

interface Place {
  readonly tensor: string;
  readonly layout: Layout;
}

/**
 * Chooses the tensor at each position. Between two modules several will do, as the stream is only laid out anew. At the
 * boundary of a block the first one in the canonical layout is taken, so that the residual across any blocks is defined;
 * inside a block the one that the next module reads.
 *
 * @param stack - blocks along the stream
 */
export function placeModules(stack: BlockStack): Positions {
  const tensors: string[] = [];
  const modules: PlacedModule[] = [];
  let sum: Place | undefined;
  for (const [block, group] of stack.groups.entries())
    for (const [nth, module] of group.modules.entries()) {
      const places = sum ? placesAfter(sum, module.before) : [{ tensor: module.segment.from, layout: [] }];
      const input = places.at(-1) ?? { tensor: module.segment.from, layout: [] };
      tensors.push(nth === 0 ? boundary(places, input) : input.tensor);
      modules.push({ module, block, canonical: isCanonical(input) });
      sum = { tensor: module.segment.until, layout: input.layout };
    }
  if (sum) tensors.push(boundary(placesAfter(sum, stack.after), sum));
  return { tensors, modules };
}

function placesAfter(start: Place, segments: readonly Segment[]): readonly Place[] {
  const places = [start];
  let layout = start.layout;
  for (const segment of segments) {
    layout = layoutAfter(layout, segment);
    places.push({ tensor: segment.until, layout });
  }
  return places;
}

function boundary(places: readonly Place[], otherwise: Place): string {
  return (places.find(isCanonical) ?? otherwise).tensor;
}

function isCanonical({ layout }: Place): boolean {
  return layout.length === 0;
}
