import type { Graph } from '../graph/graph.ts';
import type { Influences } from './influence.ts';
import { operationKind, type OperationKind } from './kind.ts';
import { isLight } from './layout.ts';
import { residualOf, type Residual } from './residual.ts';
import type { Segment } from './trunk.ts';

/** A residual module in its place along the stream. */
export interface StackModule extends Residual {
  /** What it computes. */
  readonly operation: OperationKind;
  /** Cheap segments between the module before it and this one. */
  readonly before: readonly Segment[];
}

/** Residual modules that follow each other, with nothing but cheap segments in between. */
export interface Stack {
  /** At least one module. */
  readonly modules: readonly StackModule[];
  /** Cheap segments after the last one. */
  readonly after: readonly Segment[];
}

/**
 * Finds the longest stack of residual modules in the trunk, counted by its attentions. Embeddings before it and the head
 * behind it multiply matrices outside of a residual, so they end it.
 *
 * @param graph - the model
 * @param influences - what depends on the latent
 * @param segments - the trunk
 * @returns undefined when there is no attention on a residual stream of width one
 */
export function findStack(
  graph: Graph,
  influences: Influences,
  segments: readonly Segment[],
): Stack | undefined {
  const stacks = splitStacks(graph, influences, segments);
  const attentions = ({ modules }: Stack): number => modules.filter(isAttention).length;
  const [best] = stacks.toSorted((a, b) => attentions(b) - attentions(a));
  return best && attentions(best) > 0 ? best : undefined;
}

/** Whether a module attends, to the stream itself or to a prompt. */
export function isAttention({ operation }: StackModule): boolean {
  return operation === 'attention' || operation === 'cross-attention';
}

function splitStacks(graph: Graph, influences: Influences, segments: readonly Segment[]): readonly Stack[] {
  const stacks: Stack[] = [];
  let modules: StackModule[] = [];
  let between: Segment[] = [];
  const close = (): void => {
    if (modules.length > 0) stacks.push({ modules, after: between });
    modules = [];
    between = [];
  };
  for (const segment of segments) {
    const residual = residualOf(graph, influences, segment);
    if (residual) {
      const before = modules.length > 0 ? between : [];
      modules.push({ ...residual, operation: operationKind(graph, influences, residual), before });
      between = [];
    } else if (isLight(segment)) between.push(segment);
    else close();
  }
  close();
  return stacks;
}
