import type { RunShape } from '@refrain/core';
import { OnnxError } from '../errors.ts';
import { elementTypeName } from '../graph/element-type.ts';
import { Arithmetic, type Double, type Truth } from './arithmetic.ts';
import { FeatureWriter, nothing, type Feature, type SumsInGraph } from './feature-writer.ts';
import { writeGate, type Passed } from './gate.ts';
import { ModelNodes } from './model-nodes.ts';
import { NodeWriter } from './node-writer.ts';
import { INDICATOR, NEXT, REUSED, STATE, type StateTensor } from './state.ts';
import type { Gate, ModelStream, Watched } from './stream.ts';

/** Something that was looked at. */
export interface Look {
  /** What it is. */
  readonly watched: Watched;
  /** The feature, or its sketch. */
  readonly current: Feature;
}

/** What a rule is written with: one step of a generation, from its first look to the state that it leaves behind. */
export class StepWriter {
  /** Arithmetic on numbers. */
  readonly math: Arithmetic;
  /** Operations on features. */
  readonly features: FeatureWriter;
  /** The shape of the runs that are compiled for, as their first branch sees it. */
  readonly run: RunShape;
  /** Index of the step. */
  readonly step: Double;
  readonly #writer = new NodeWriter();
  readonly #model: ModelNodes;
  readonly #stream: ModelStream;
  readonly #states = new Map<string, StateTensor>();
  readonly #steps: number | undefined;

  /**
   * @param stream - the model
   * @param run - the shape of the runs
   * @param steps - how many steps they have, if that was said
   */
  constructor(stream: ModelStream, run: RunShape, steps: number | undefined) {
    this.#stream = stream;
    this.#model = new ModelNodes(stream.graph, this.#writer);
    this.#steps = steps;
    this.run = run;
    this.math = new Arithmetic(this.#writer);
    this.features = new FeatureWriter(this.#writer);
    this.step = this.number('step', 'index of the step');
    this.next('step', this.math.add(this.step, this.math.number(1)));
  }

  /** All that was written. */
  get written(): { readonly nodes: NodeWriter; readonly states: readonly StateTensor[] } {
    return { nodes: this.#writer, states: [...this.#states.values()] };
  }

  /**
   * How many steps a run has, for rules that depend on it.
   *
   * @throws OnnxError `POLICY_NOT_COMPILABLE` when that was not said
   */
  get steps(): number {
    if (this.#steps !== undefined) return this.#steps;
    throw notCompilable(
      'its rule depends on the number of steps: say how many a generation has (steps, --steps)',
    );
  }

  /** A number of the state. It starts with 0, or with another number for each branch. */
  number(name: string, about: string, initial: readonly number[] = [0]): Double {
    const input = `${STATE}${name}`;
    this.#states.set(name, { input, output: `${NEXT}${name}`, type: 'float64', initial, about });
    return { double: input };
  }

  /** What a number of the state is in the next step. */
  next(name: string, value: Double): void {
    this.#writer.alias(value.double, `${NEXT}${name}`);
  }

  /** Whether a condition on the index of the step holds. Behind the last step it is as in the last. */
  when(condition: (step: number) => boolean): Truth {
    return this.math.lookUp(
      Array.from({ length: this.steps }, (_, step) => condition(step)),
      this.step,
    );
  }

  /** Looks at something before the gate. */
  look(watched: Watched): Look {
    const { tap, stride = 1 } = watched;
    if (tap.of !== 'residual') {
      const feature = this.#stream.tapped(tap);
      this.#model.bring(feature);
      return { watched, current: this.features.sketch(feature, stride) };
    }
    const ends = [tap.until, tap.from].map((at) => {
      const feature = this.#stream.at(at);
      this.#model.bring(feature);
      return this.features.sketch(feature, stride);
    }) as [Feature, Feature];
    return { watched, current: this.features.difference(...ends) };
  }

  /** Compares what was looked at with what it was, where a condition holds; else the sums are NaN. */
  compare(looks: readonly Look[], condition: Truth): readonly SumsInGraph[] {
    const references = looks.map(({ watched }) => this.#reference(watched));
    const sums = this.#writer.branch(
      condition.truth,
      (body) =>
        looks.flatMap(({ current }, index) => {
          const { numerator, denominator, count } = new FeatureWriter(body).compare(
            current,
            references[index] ?? [],
          );
          return [numerator, denominator, count].map(({ double }) => double);
        }),
      (body) => looks.flatMap(() => nothing(body)),
    );
    const sumAt = (index: number): Double => ({ double: sums[index] ?? '' });
    return looks.map((_, index) => ({
      numerator: sumAt(3 * index),
      denominator: sumAt(3 * index + 1),
      count: sumAt(3 * index + 2),
    }));
  }

  /** Makes what was looked at the reference of later steps, where a condition holds. */
  remember(looks: readonly Look[], condition: Truth): void {
    const old = looks.flatMap(({ watched }) => this.#reference(watched));
    const current = looks.flatMap((look) => look.current);
    const next = this.#writer.branch(
      condition.truth,
      () => current,
      () => old,
    );
    next.forEach((tensor, index) => this.#writer.alias(tensor, nextOf(old[index] ?? '')));
  }

  /**
   * The span that is computed or reused.
   *
   * @param gate - which span, and how it is remembered
   * @param reuse - whether the rule wants to reuse it; nothing is reused that is not there or has another shape
   * @param watch - what to look at while computing
   */
  gate(gate: Gate, reuse: Truth, watch: readonly Watched[] = []): Passed {
    requireResidual(this.#stream, gate);
    const kept = this.#stream
      .kept(gate)
      .flatMap((feature, index) => this.#feature(`kept${index || ''}`, feature, CACHED));
    const sizes = gate.form === 'value' ? this.#sizes() : undefined;
    const [writer, model, stream] = [this.#writer, this.#model, this.#stream];
    const passed = writeGate({ writer, model, stream }, gate, { reuse, kept, sizes, watch });
    passed.kept.forEach((tensor, index) => writer.alias(tensor, nextOf(kept[index] ?? '')));
    if (sizes !== undefined) writer.alias(passed.sizes, nextOf(sizes));
    writer.alias(passed.reused.truth, REUSED);
    return passed;
  }

  /** Runs the rest of the model. */
  finish(): void {
    this.#model.bring([this.#stream.output]);
  }

  /** Tells the host the number that was compared with the threshold. */
  report(indicator: Double): void {
    this.#writer.alias(indicator.double, INDICATOR);
  }

  #reference({ name, tap }: Watched): Feature {
    const feature = tap.of === 'residual' ? this.#stream.at(tap.until) : this.#stream.tapped(tap);
    return this.#feature(name, feature, 'what an indicator compares with');
  }

  #sizes(): string {
    const [input, output] = [`${STATE}sizes`, `${NEXT}sizes`];
    const about = 'sizes of the stream that it belongs to';
    this.#states.set('sizes', { input, output, type: 'float32', initial: ['empty'], about });
    return input;
  }

  #feature(name: string, like: Feature, about: string): Feature {
    return like.map((tensor, index) => {
      const full = index === 0 ? name : `${name}.${index}`;
      const type = elementTypeName(this.#stream.typeOf(tensor)) === 'float16' ? 'float16' : 'float32';
      const state: StateTensor = {
        input: `${STATE}${full}`,
        output: `${NEXT}${full}`,
        type,
        initial: ['empty'],
        about,
      };
      this.#states.set(full, state);
      return state.input;
    });
  }
}

/** A residual is defined between positions at which equally many tensors flow. */
function requireResidual(stream: ModelStream, { from, until, form }: Gate): void {
  const [before, after] = [stream.at(from), stream.at(until)];
  if (form !== 'residual' || before.length === after.length) return;
  throw notCompilable(
    `between positions ${from} and ${until} the model hands on ${before.length} and ${after.length} tensors, ` +
      'so that their difference is not defined',
  );
}

const CACHED = 'what is reused';

function nextOf(input: string): string {
  return `${NEXT}${input.slice(STATE.length)}`;
}

/** The error for a policy whose rule cannot be written into a graph. */
export function notCompilable(reason: string): OnnxError {
  return new OnnxError('POLICY_NOT_COMPILABLE', reason);
}
