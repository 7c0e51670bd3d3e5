import { FLOAT32 } from '../graph/element-type.ts';
import { Arithmetic, type Double, type Truth } from './arithmetic.ts';
import { BOOL, FLOAT64, type NodeWriter } from './node-writer.ts';

/** Names of the tensors that flow together: one, or one for each stream. */
export type Feature = readonly string[];

/** The two sums of a relative L1, NaN where nothing could be compared. */
export interface SumsInGraph {
  /** Σ |current − reference| */
  readonly numerator: Double;
  /** Σ |reference| */
  readonly denominator: Double;
  /** Number of elements. */
  readonly count: Double;
}

/** ONNX code of int32. */
const INT32 = 6;

/** Operations on features inside a graph, as the executor's are on float32 arrays. */
export class FeatureWriter {
  readonly #writer: NodeWriter;
  readonly #math: Arithmetic;

  /** @param writer - where nodes go */
  constructor(writer: NodeWriter) {
    this.#writer = writer;
    this.#math = new Arithmetic(writer);
  }

  /** Elements 0, stride, 2·stride, … of each flattened tensor; the feature itself for a stride of 1. */
  sketch(feature: Feature, stride: number): Feature {
    if (stride === 1) return feature;
    return feature.map((tensor) => {
      const flat = this.#writer.node('Reshape', [tensor, this.#writer.integers([-1])]);
      const bounds = [[0], [Number.MAX_SAFE_INTEGER], [0], [stride]].map((values) =>
        this.#writer.integers(values),
      );
      return this.#writer.node('Slice', [flat, ...bounds]);
    });
  }

  /** minuend − subtrahend */
  difference(minuend: Feature, subtrahend: Feature): Feature {
    return minuend.map((tensor, index) => this.#writer.node('Sub', [tensor, subtrahend[index] ?? '']));
  }

  /** a + b */
  sum(a: Feature, b: Feature): Feature {
    return a.map((tensor, index) => this.#writer.node('Add', [tensor, b[index] ?? '']));
  }

  /** True if all tensors have the same shapes. One that has no elements yet, of shape `[0]`, is like no other. */
  sameShape(a: Feature, b: Feature): Truth {
    const alike = a.map((tensor, index) => {
      const [one = '', other = ''] = [tensor, b[index] ?? ''].map((name) =>
        this.#writer.node('Shape', [name]),
      );
      return this.#allEqual(one, other);
    });
    return this.#math.and(...alike);
  }

  /** The sizes of all tensors, one after the other, as float32. */
  sizes(feature: Feature): string {
    const all = feature.map((tensor) => this.#writer.node('Shape', [tensor]));
    const [only = ''] = all;
    const joined = all.length === 1 ? only : this.#writer.node('Concat', all, { axis: 0 });
    return this.#writer.node('Cast', [joined], { to: FLOAT32 });
  }

  /** True if two lists of sizes are the same; an empty one is like no other. */
  sameSizes(a: string, b: string): Truth {
    const counts = [a, b].map((list) => this.#size(list)) as [Double, Double];
    const [same = ''] = this.#writer.branch(
      this.#math.equal(...counts).truth,
      (body) => [new FeatureWriter(body).#allEqual(a, b).truth],
      (body) => [body.truths([false])],
    );
    return { truth: same };
  }

  /** False if an element is NaN or infinite. */
  isFinite(feature: Feature): Truth {
    // x − x is zero for a finite x and NaN otherwise.
    const finite = feature.map((tensor) => {
      const zeros = this.#writer.node('Cast', [this.#writer.node('Sub', [tensor, tensor])], { to: FLOAT32 });
      return this.#math.equal({ single: this.#total(zeros) }, this.#math.rounded(0));
    });
    return this.#math.and(...finite);
  }

  /** Compares a feature with its reference, in float64; NaN where their shapes differ. */
  compare(current: Feature, reference: Feature): SumsInGraph {
    const [numerator = '', denominator = '', count = ''] = this.#writer.branch(
      this.sameShape(current, reference).truth,
      (body) => new FeatureWriter(body).#sums(current, reference),
      (body) => nothing(body),
    );
    return {
      numerator: { double: numerator },
      denominator: { double: denominator },
      count: { double: count },
    };
  }

  /** Σ|feature| as the numerator, the number of elements as denominator and count. */
  magnitude(feature: Feature): SumsInGraph {
    const sizes = this.#addAll(feature.map((tensor) => this.#size(tensor)));
    const sum = this.#addAll(feature.map((tensor) => this.#absoluteSum(this.#toDouble(tensor))));
    return { numerator: sum, denominator: sizes, count: sizes };
  }

  #sums(current: Feature, reference: Feature): readonly string[] {
    const pairs = current.map((tensor, index) =>
      [tensor, reference[index] ?? ''].map((name) => this.#toDouble(name)),
    );
    const numerators = pairs.map((pair) => this.#absoluteSum(this.#writer.node('Sub', pair)));
    const denominators = pairs.map(([, old = '']) => this.#absoluteSum(old));
    const counts = current.map((tensor) => this.#size(tensor));
    return [numerators, denominators, counts].map((sums) => this.#addAll(sums).double);
  }

  #allEqual(a: string, b: string): Truth {
    const equal = this.#writer.node('Cast', [this.#writer.node('Equal', [a, b])], { to: INT32 });
    const all = this.#single(this.#writer.node('ReduceMin', [equal], { keepdims: 0 }));
    return { truth: this.#writer.node('Cast', [all], { to: BOOL }) };
  }

  #addAll(all: readonly Double[]): Double {
    return all.reduce((a, b) => this.#math.add(a, b));
  }

  #toDouble(tensor: string): string {
    return this.#writer.node('Cast', [tensor], { to: FLOAT64 });
  }

  #absoluteSum(tensor: string): Double {
    return { double: this.#total(this.#writer.node('Abs', [tensor])) };
  }

  #total(tensor: string): string {
    return this.#single(this.#writer.node('ReduceSum', [tensor], { keepdims: 0 }));
  }

  #size(tensor: string): Double {
    const size = this.#single(this.#writer.node('Size', [tensor]));
    return { double: this.#writer.node('Cast', [size], { to: FLOAT64 }) };
  }

  /** Gives a scalar the shape `[1]`. */
  #single(scalar: string): string {
    return this.#writer.node('Reshape', [scalar, this.#writer.integers([1])]);
  }
}

/** What comes of a comparison that cannot be made. */
export function nothing(writer: NodeWriter): readonly string[] {
  const nan = writer.doubles([Number.NaN]);
  return [nan, nan, nan];
}
