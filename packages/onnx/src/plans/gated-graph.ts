import { streamOf, type CacheForm, type TapRequest } from '@refrain/core';
import { encodeGraph } from '../compile/encode.ts';
import { writeGate } from '../compile/gate.ts';
import { ModelNodes } from '../compile/model-nodes.ts';
import { BOOL, NodeWriter } from '../compile/node-writer.ts';
import { declared } from '../compile/state.ts';
import { modelStream, type Gate } from '../compile/stream.ts';
import type { ModelCut } from '../cut/cut-model.ts';

/** Input of one bool: take the blocks from what is given. */
export const REUSE = 'refrain.reuse';
/** What is given begins with this. */
export const GIVEN = 'refrain.given.';
/** What a computed step gives begins with this. */
export const KEPT = 'refrain.kept.';
/** What is tapped begins with this. */
export const TAPPED = 'refrain.tapped.';

/**
 * The whole model with its blocks in an `If`: the host says whether they are computed, or taken from what it gives.
 *
 * @param cut - the model
 * @param form - how the blocks are remembered
 * @param taps - what is looked at while computing, by the beginning of the outputs' names
 * @returns an ONNX file with the model's inputs, the flag and what was kept
 */
export function gatedGraph(
  cut: ModelCut,
  form: Exclude<CacheForm, 'value'>,
  taps: ReadonlyMap<string, TapRequest>,
): Uint8Array {
  const stream = modelStream(cut, streamOf([...cut.blocks, ...cut.inner], [...cut.conditioning.keys()]));
  const writer = new NodeWriter();
  const model = new ModelNodes(cut.graph, writer);
  const gate: Gate = { from: 0, until: stream.length, form };
  const like = stream.kept(gate).flat();
  const given = like.map((_, index) => `${GIVEN}${index}`);
  const watch = [...taps].map(([name, { tap, stride }]) => ({ name, tap, stride }));
  const passed = writeGate({ writer, model, stream }, gate, { reuse: { truth: REUSE }, kept: given, watch });
  passed.kept.forEach((tensor, index) => writer.alias(tensor, `${KEPT}${index}`));
  const tapped = passed.watched.flatMap((feature, index) =>
    feature.map((tensor, nth) => ({ tensor, name: `${watch[index]?.name ?? ''}.${nth}` })),
  );
  for (const { tensor, name } of tapped) writer.alias(tensor, name);
  model.bring([cut.output]);
  return encodeGraph(cut, writer, {
    inputs: [
      declared(REUSE, BOOL, 1),
      ...given.map((name, index) => declared(name, stream.typeOf(like[index] ?? ''))),
    ],
    outputs: [...given.map((_, index) => `${KEPT}${index}`), ...tapped.map(({ name }) => name)],
  });
}
