import type { Graph } from '../graph/graph.ts';
import type { Influences } from './influence.ts';

/** Operators that repeat numbers. */
const REPEATS: ReadonlySet<string> = new Set(['Expand', 'Tile']);
/** Operators that hand the numbers of their first input on, each at least once. */
const MOVES: ReadonlySet<string> = new Set([
  ...REPEATS,
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Conditioning is often repeated for every frame or token before the blocks read it. What is carried between sessions is taken
 * from before that: repeating it again costs less than copying it out and in.
 *
 * @param graph - the model
 * @param influences - what is constant
 * @param carried - tensors that are carried
 * @returns tensors that they are made of by moving numbers alone; themselves where nothing is repeated on the way. Inputs of the
 *   model are left out
 */
export function narrowed(
  graph: Graph,
  influences: Pick<Influences, 'constant'>,
  carried: readonly string[],
): readonly string[] {
  const sources = new Set(carried.map((tensor) => beforeRepeats(graph, influences, tensor)));
  // Inputs of the model are at hand in all parts.
  return [...sources].filter((tensor) => graph.producers.has(tensor));
}

function beforeRepeats(graph: Graph, { constant }: Pick<Influences, 'constant'>, tensor: string): string {
  let narrowest = tensor;
  for (let at = tensor, repeats = false; ;) {
    const node = graph.producers.get(at);
    const [source, ...how] = node?.reads ?? [];
    if (!node || source === undefined || !MOVES.has(node.operator) || !how.every(constant)) return narrowest;
    repeats ||= REPEATS.has(node.operator);
    if (repeats) narrowest = source;
    at = source;
  }
}
