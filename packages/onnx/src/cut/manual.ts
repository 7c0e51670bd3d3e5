import { OnnxError } from '../errors.ts';
import type { PlacedBlock } from './boundaries.ts';
import { frontierOf, type Frontier } from './frontier.ts';
import type { Place } from './path.ts';
import { scopeOf } from './scope.ts';
import { signatureOf } from './signature.ts';
import { difference, writes, type Trunk } from './trunk.ts';

/** Tensors at one boundary of blocks: one, or those of several streams. */
export type CutTensors = string | readonly string[];

/**
 * Blocks between tensors that a user named. They are taken as they are; modules inside them are not looked for.
 *
 * @param trunk - what carries the latent to the output
 * @param cuts - where the first block begins, where it ends and the second begins, …, where the last one ends
 * @throws OnnxError `MODEL_UNSUPPORTED` that names the tensor which is not there, or not behind the cut before
 */
export function blocksBetween(trunk: Trunk, cuts: readonly CutTensors[]): readonly PlacedBlock[] {
  if (cuts.length < 2)
    throw unsupported(
      `expected at least two cuts, where a block begins and where it ends, got ${cuts.length}`,
    );
  const places = cuts.map((cut) => placeAt(trunk, tensorsOfCut(cut)));
  return places.slice(1).flatMap((until, nth) => {
    const from = places[nth];
    return from ? [blockBetween(trunk, from, until)] : [];
  });
}

/**
 * The tensors of a cut.
 *
 * @param cut - a name or several
 */
export function tensorsOfCut(cut: CutTensors): readonly string[] {
  return typeof cut === 'string' ? [cut] : cut;
}

function placeAt(trunk: Trunk, tensors: readonly string[]): Place {
  for (const name of tensors)
    if (
      !trunk.influences.latent(name) ||
      (trunk.graph.producers.has(name) && !writes(trunk, trunk.members, name))
    )
      throw unsupported(`the model has no tensor "${name}" between its latent and its output`);
  return { tensor: tensors[0] ?? '', frontier: frontierOf(trunk, tensors) };
}

function blockBetween(trunk: Trunk, from: Place, until: Place): PlacedBlock {
  const nodes = difference(trunk, until.frontier.before, from.frontier.before);
  if (nodes.length === 0 || !contains(trunk, until.frontier, from.frontier))
    throw unsupported(`"${until.tensor}" is not computed from "${from.tensor}", which was named before it`);
  const block = {
    units: [],
    scope: scopeOf(nodes),
    signature: signatureOf(trunk, nodes),
    follows: true,
    merges: false,
  };
  return { block, start: from, end: until, from, until, layout: [] };
}

function contains(trunk: Trunk, outer: Frontier, inner: Frontier): boolean {
  return trunk.nodes.every(({ index }) => inner.before[index] !== 1 || outer.before[index] === 1);
}

function unsupported(message: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', `option cuts: ${message}`);
}
