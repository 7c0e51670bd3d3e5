import { FLOAT32, INT64 } from '../graph/element-type.ts';
import { FLOAT64, type NodeWriter } from './node-writer.ts';

/** A float64 of shape `[1]`: what a number of JavaScript is. */
export type Double = { readonly double: string };
/** A float32 of shape `[1]`: a number that went through `Math.fround`. */
export type Single = { readonly single: string };
/** A bool of shape `[1]`. */
export type Truth = { readonly truth: string };

/** Arithmetic on numbers inside a graph, each operation rounded as in the policies' own code. */
export class Arithmetic {
  readonly #writer: NodeWriter;

  /** @param writer - where nodes go */
  constructor(writer: NodeWriter) {
    this.#writer = writer;
  }

  /** A constant. */
  number(value: number): Double {
    return { double: this.#writer.doubles([value]) };
  }

  /** A constant, rounded to float32. */
  rounded(value: number): Single {
    return { single: this.#writer.single(Math.fround(value)) };
  }

  /** A constant. */
  truth(value: boolean): Truth {
    return { truth: this.#writer.truths([value]) };
  }

  /** Rounds to float32. */
  toSingle({ double }: Double): Single {
    return { single: this.#writer.node('Cast', [double], { to: FLOAT32 }) };
  }

  /** Exact. */
  toDouble({ single }: Single): Double {
    return { double: this.#writer.node('Cast', [single], { to: FLOAT64 }) };
  }

  /** 1 or 0. */
  toNumber({ truth }: Truth): Double {
    return { double: this.#writer.node('Cast', [truth], { to: FLOAT64 }) };
  }

  /** a + b */
  add<Kind extends Double | Single>(a: Kind, b: Kind): Kind {
    return this.#binary('Add', a, b);
  }

  /** a − b */
  subtract<Kind extends Double | Single>(a: Kind, b: Kind): Kind {
    return this.#binary('Sub', a, b);
  }

  /** a · b */
  multiply<Kind extends Double | Single>(a: Kind, b: Kind): Kind {
    return this.#binary('Mul', a, b);
  }

  /** a / b */
  divide<Kind extends Double | Single>(a: Kind, b: Kind): Kind {
    return this.#binary('Div', a, b);
  }

  /** The smaller one. */
  least(a: Double, b: Double): Double {
    return this.#binary('Min', a, b);
  }

  /** The larger one. */
  greatest(a: Double, b: Double): Double {
    return this.#binary('Max', a, b);
  }

  /** |a| */
  magnitude<Kind extends Double | Single>(a: Kind): Kind {
    return this.#unary('Abs', a);
  }

  /** ⌊a⌋ */
  floor(a: Double): Double {
    return this.#unary('Floor', a);
  }

  /** a to the power of a constant, in float64. */
  power(a: Double, exponent: number): Double {
    return { double: this.#writer.node('Pow', [a.double, this.#writer.doubles([exponent])]) };
  }

  /** a < b; false if one is not a number. */
  below<Kind extends Double | Single>(a: Kind, b: Kind): Truth {
    return { truth: this.#writer.node('Less', [nameOf(a), nameOf(b)]) };
  }

  /** a ≤ b; false if one is not a number. */
  atMost<Kind extends Double | Single>(a: Kind, b: Kind): Truth {
    return { truth: this.#writer.node('LessOrEqual', [nameOf(a), nameOf(b)]) };
  }

  /** a = b */
  equal<Kind extends Double | Single>(a: Kind, b: Kind): Truth {
    return { truth: this.#writer.node('Equal', [nameOf(a), nameOf(b)]) };
  }

  /** Neither infinite nor not a number. */
  isFinite(a: Double | Single): Truth {
    if ('double' in a) return this.below(this.magnitude(a), this.number(Infinity));
    return this.below(this.magnitude(a), this.rounded(Infinity));
  }

  /** Not a number. */
  isNaN(a: Double | Single): Truth {
    return this.not({ truth: this.#writer.node('Equal', [nameOf(a), nameOf(a)]) });
  }

  /** True if all are. */
  and(...all: readonly Truth[]): Truth {
    return all.reduce((a, b) => ({ truth: this.#writer.node('And', [a.truth, b.truth]) }));
  }

  /** True if one is. */
  or(...all: readonly Truth[]): Truth {
    return all.reduce((a, b) => ({ truth: this.#writer.node('Or', [a.truth, b.truth]) }));
  }

  /** The opposite. */
  not({ truth }: Truth): Truth {
    return { truth: this.#writer.node('Not', [truth]) };
  }

  /** One number or the other. */
  choose(condition: Truth, a: Double, b: Double): Double {
    return { double: this.#writer.node('Where', [condition.truth, a.double, b.double]) };
  }

  /** Looks a truth up in a list; places behind its end have its last entry. */
  lookUp(list: readonly boolean[], place: Double): Truth {
    const last = this.least(place, this.number(list.length - 1));
    const index = this.#writer.node('Cast', [last.double], { to: INT64 });
    return { truth: this.#writer.node('Gather', [this.#writer.truths(list), index], { axis: 0 }) };
  }

  #unary<Kind extends Double | Single>(operator: string, a: Kind): Kind {
    return like(a, this.#writer.node(operator, [nameOf(a)]));
  }

  #binary<Kind extends Double | Single>(operator: string, a: Kind, b: Kind): Kind {
    return like(a, this.#writer.node(operator, [nameOf(a), nameOf(b)]));
  }
}

function nameOf(value: Double | Single): string {
  return 'double' in value ? value.double : value.single;
}

function like<Kind extends Double | Single>(value: Kind, name: string): Kind {
  return ('double' in value ? { double: name } : { single: name }) as Kind;
}
