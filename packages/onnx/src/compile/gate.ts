import { FLOAT32 } from '../graph/element-type.ts';
import { Arithmetic, type Truth } from './arithmetic.ts';
import { FeatureWriter, type Feature } from './feature-writer.ts';
import type { ModelNodes } from './model-nodes.ts';
import type { NodeWriter } from './node-writer.ts';
import type { Gate, ModelStream, Watched } from './stream.ts';

/** What comes of a gate. */
export interface Passed {
  /** The span was reused. */
  readonly reused: Truth;
  /** It was computed. */
  readonly computed: Truth;
  /** It was computed although the rule wanted to reuse it. */
  readonly refused: Truth;
  /** What is kept for the next step. */
  readonly kept: Feature;
  /** Sizes of the stream that it belongs to; empty when it is not finite. */
  readonly sizes: string;
  /** What was watched, in its order; empty tensors where nothing was computed. */
  readonly watched: readonly Feature[];
}

/** What a gate is made of. */
export interface GateTools {
  /** Writes the outermost graph. */
  readonly writer: NodeWriter;
  /** Its nodes. */
  readonly model: ModelNodes;
  /** Its positions. */
  readonly stream: ModelStream;
}

/** What goes into a gate. */
export interface GateInputs {
  /** Whether the rule wants to reuse. */
  readonly reuse: Truth;
  /** What was kept: inputs of the graph. */
  readonly kept: Feature;
  /** Sizes of the stream when values were kept, which have other shapes than it: an input of the graph. */
  readonly sizes?: string | undefined;
  /** What to look at while computing. */
  readonly watch: readonly Watched[];
}

/**
 * Writes the `If` that computes a span or takes it from what was kept. Nothing is reused that is not there, that has
 * another shape, or that was not finite when it was made.
 *
 * @param tools - the graph
 * @param gate - the span
 * @param inputs - the rule's wish, and the state
 */
export function writeGate(tools: GateTools, gate: Gate, inputs: GateInputs): Passed {
  const { reuse, kept, watch, sizes } = inputs;
  const { writer, model, stream } = tools;
  const math = new Arithmetic(writer);
  const [start, end] = [stream.at(gate.from), stream.at(gate.until)];
  model.bring(start);
  model.bringAround(end, [stream.output]);
  const features = new FeatureWriter(writer);
  // Residuals and outputs have the shape of the stream where the span starts; values may have others.
  const fits =
    sizes === undefined ? features.sameShape(kept, start) : features.sameSizes(sizes, features.sizes(start));
  const reused = math.and(reuse, fits);
  const results = writer.branch(
    reused.truth,
    (body) => [
      ...reuseBody(body, tools, gate, kept),
      ...kept,
      sizes ?? body.empty(FLOAT32),
      ...watch.flatMap(({ tap }) => tappedBy(stream, tap).map((tensor) => body.empty(stream.typeOf(tensor)))),
    ],
    (body) => computeBody(body, tools, gate, watch),
  );
  end.forEach((name, index) => {
    if (!start.includes(name)) writer.alias(results[index] ?? '', name);
  });
  model.provide(end);
  let at = end.length + kept.length + 1;
  const watched = watch.map(({ tap }) => {
    const count = tappedBy(stream, tap).length;
    at += count;
    return results.slice(at - count, at);
  });
  return {
    reused,
    computed: math.not(reused),
    refused: math.and(reuse, math.not(fits)),
    kept: results.slice(end.length, end.length + kept.length),
    sizes: results[end.length + kept.length] ?? '',
    watched,
  };
}

function reuseBody(body: NodeWriter, { model, stream }: GateTools, gate: Gate, kept: Feature): Feature {
  if (gate.form === 'output') return kept;
  const [start, end] = [stream.at(gate.from), stream.at(gate.until)];
  if (gate.form === 'residual') return new FeatureWriter(body).sum(start, kept);
  const values = stream.kept(gate).flat();
  values.forEach((name, index) => body.alias(kept[index] ?? '', name));
  return model.writeInto(body, [...start, ...values], end, end);
}

function computeBody(
  body: NodeWriter,
  { model, stream }: GateTools,
  gate: Gate,
  watch: readonly Watched[],
): readonly string[] {
  const features = new FeatureWriter(body);
  const [start, end] = [stream.at(gate.from), stream.at(gate.until)];
  const values = gate.form === 'value' ? stream.kept(gate).flat() : [];
  const taps = watch.map(({ tap }) => tappedBy(stream, tap));
  const wanted = [...new Set([...end, ...values, ...taps.flat()])];
  const written = model.writeInto(body, start, wanted, end);
  const inBody = (feature: Feature): Feature => feature.map((name) => written[wanted.indexOf(name)] ?? name);
  const ends = inBody(end);
  const made =
    gate.form === 'value' ? inBody(values) : gate.form === 'output' ? ends : features.difference(ends, start);
  const sketches = taps.flatMap((tap, index) => features.sketch(inBody(tap), watch[index]?.stride ?? 1));
  return [...ends, ...finiteOrEmpty(body, stream, made, start), ...sketches];
}

/** What is not finite is not kept: its first tensors and its sizes become empty, so that it fits nothing. */
function finiteOrEmpty(body: NodeWriter, stream: ModelStream, made: Feature, start: Feature): Feature {
  const first = made.slice(0, start.length);
  const sizes = new FeatureWriter(body).sizes(start);
  const checked = body.branch(
    new FeatureWriter(body).isFinite(made).truth,
    () => [...first, sizes],
    (empty) => [
      ...start.slice(0, first.length).map((tensor) => empty.empty(stream.typeOf(tensor))),
      empty.empty(FLOAT32),
    ],
  );
  return [...checked.slice(0, first.length), ...made.slice(first.length), checked[first.length] ?? ''];
}

function tappedBy(stream: ModelStream, tap: Watched['tap']): Feature {
  return tap.of === 'residual' ? stream.at(tap.until) : stream.tapped(tap);
}
