import type { RunnerTap, TapRequest } from '@refrain/core';
import { encodeGraph } from '../compile/encode.ts';
import { FeatureWriter, type Feature } from '../compile/feature-writer.ts';
import { writeGate, type GateTools } from '../compile/gate.ts';
import { ModelNodes } from '../compile/model-nodes.ts';
import { BOOL, NodeWriter } from '../compile/node-writer.ts';
import { declared } from '../compile/state.ts';
import { modelStream, type Gate } from '../compile/stream.ts';
import type { ModelCut } from '../cut/cut-model.ts';
import { streamOfCut } from '../cut/stream-of-cut.ts';
import { namesRead } from '../graph/captures.ts';

/** Input of one bool: take the blocks from what is given. */
export const REUSE = 'refrain.reuse';
/** What is given begins with this. */
export const GIVEN = 'refrain.given.';
/** What a computed step gives begins with this. */
export const KEPT = 'refrain.kept.';
/** What is tapped begins with this. */
export const TAPPED = 'refrain.tapped.';

/** What a gated graph is made for. */
export interface GatedShape {
  /** The blocks inside the `If`. */
  readonly gate: Gate;
  /** Tensors that are given where the gate starts, the stream and the conditioning; none when it starts at the inputs. */
  readonly given: readonly string[];
  /** What is looked at, by the beginning of the outputs' names. */
  readonly taps: ReadonlyMap<string, TapRequest>;
}

/**
 * The model, or what lies behind a position of it, with blocks in an `If`: the host says whether they are computed, or taken
 * from what it gives.
 *
 * @param cut - the model
 * @param shape - which blocks, from where on, and what is looked at
 * @returns an ONNX file whose inputs are those of the model or what is given, the flag and what was kept
 */
export function gatedGraph(cut: ModelCut, { gate, given, taps }: GatedShape): Uint8Array {
  const stream = modelStream(cut, streamOfCut(cut));
  const writer = new NodeWriter();
  const model = new ModelNodes(cut.graph, writer);
  model.provide(given);
  const like = stream.kept(gate).flat();
  const reused = like.map((_, index) => `${GIVEN}${index}`);
  const watch = [...taps].map(([name, { tap, stride }]) => ({ name, tap, stride }));
  const inside = watch.filter((watched) => !isBehind(watched, gate));
  const tools = { writer, model, stream };
  const passed = writeGate(tools, gate, { reuse: { truth: REUSE }, kept: reused, watch: inside });
  passed.kept.forEach((tensor, index) => writer.alias(tensor, `${KEPT}${index}`));
  const tapped = [
    ...inside.flatMap((watched, index) => namesOf(watched, passed.watched[index] ?? [])),
    ...watch.flatMap((watched) =>
      isBehind(watched, gate) ? namesOf(watched, lookBehind(tools, watched)) : [],
    ),
  ];
  for (const { tensor, name } of tapped) writer.alias(tensor, name);
  model.bring([cut.output]);
  const used = new Set(writer.nodes.flatMap((node) => namesRead(node)));
  return encodeGraph(cut, writer, {
    inputs: [
      ...given.filter((name) => used.has(name)).map((name) => declared(name, stream.typeOf(name))),
      declared(REUSE, BOOL, 1),
      ...reused.map((name, index) => declared(name, stream.typeOf(like[index] ?? ''))),
    ],
    outputs: [...reused.map((_, index) => `${KEPT}${index}`), ...tapped.map(({ name }) => name)],
    only: used,
  });
}

/** Whether a tap is computed behind the gate, whether that is open or not. */
function isBehind({ tap }: Pick<TapRequest, 'tap'>, { until }: Gate): boolean {
  if (tap.of === 'conditioning') return false;
  return tap.of === 'stream' ? tap.at > until : tap.at >= until;
}

function lookBehind(
  { writer, model, stream }: GateTools,
  { tap, stride = 1 }: { readonly tap: RunnerTap; readonly stride?: number | undefined },
): Feature {
  const feature = stream.tapped(tap);
  model.bring(feature);
  return new FeatureWriter(writer).sketch(feature, stride);
}

function namesOf(
  { name }: { readonly name: string },
  feature: Feature,
): readonly { tensor: string; name: string }[] {
  return feature.map((tensor, nth) => ({ tensor, name: `${name}.${nth}` }));
}
