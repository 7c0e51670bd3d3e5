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
export function writeGate(tools: GateTools, gate: Gate, { reuse, kept, watch }: GateInputs): Passed {
  const { writer, model, stream } = tools;
  const math = new Arithmetic(writer);
  const [start, end] = [stream.at(gate.from), stream.at(gate.until)];
  model.bring(start);
  model.bringAround(end, [stream.output]);
  // The first thing that is kept has the shape of the stream where the span starts.
  const fits = new FeatureWriter(writer).sameShape(kept.slice(0, start.length), start);
  const reused = math.and(reuse, fits);
  const results = writer.branch(
    reused.truth,
    (body) => [
      ...reuseBody(body, tools, gate, kept),
      ...kept,
      ...watch.flatMap(({ tap }) => tappedBy(stream, tap).map((tensor) => body.empty(stream.typeOf(tensor)))),
    ],
    (body) => computeBody(body, tools, gate, watch),
  );
  end.forEach((name, index) => {
    if (!start.includes(name)) writer.alias(results[index] ?? '', name);
  });
  model.provide(end);
  let at = end.length + kept.length;
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

/** What is not finite is not kept: its first tensors become empty, so that it fits nothing. */
function finiteOrEmpty(body: NodeWriter, stream: ModelStream, made: Feature, start: Feature): Feature {
  const first = made.slice(0, start.length);
  const checked = body.branch(
    new FeatureWriter(body).isFinite(made).truth,
    () => first,
    (empty) => start.slice(0, first.length).map((tensor) => empty.empty(stream.typeOf(tensor))),
  );
  return [...checked, ...made.slice(start.length)];
}

function tappedBy(stream: ModelStream, tap: Watched['tap']): Feature {
  return tap.of === 'residual' ? stream.at(tap.until) : stream.tapped(tap);
}
