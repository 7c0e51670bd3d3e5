import type { FeatureOps, MaybePromise, Sums } from '@refrain/core';

/** A feature of the tracked runner: a handle whose numbers only the ledger gives out, while it lives. */
export interface Tracked {
  readonly shape: string;
}

/** Knows every feature that was made, and which of them still live. Any misuse of one throws. */
export class Ledger {
  readonly #live = new Map<Tracked, readonly number[]>();
  readonly #dead = new WeakSet<Tracked>();
  /** Passes that were entered and not released. */
  openPasses = 0;

  /** Number of features that were made and not disposed of. */
  get live(): number {
    return this.#live.size;
  }

  /** Makes a feature. */
  make(values: readonly number[], kind = 'whole'): Tracked {
    const feature: Tracked = Object.freeze({ shape: `${kind}[${values.length}]` });
    this.#live.set(feature, Object.freeze([...values]));
    return feature;
  }

  /** The numbers of a living feature. */
  read(feature: Tracked): readonly number[] {
    const values = this.#live.get(feature);
    if (values) return values;
    throw new Error(this.#dead.has(feature) ? 'ledger: used after dispose' : 'ledger: a foreign feature');
  }

  /** Ends the life of a feature. */
  dispose(feature: Tracked): void {
    if (this.#dead.has(feature)) throw new Error('ledger: disposed of twice');
    this.read(feature);
    this.#live.delete(feature);
    this.#dead.add(feature);
  }
}

/** How the operations of a ledger behave. */
export interface TrackedOpsOptions {
  /** Called before every operation but `bytes` and `dispose`. */
  readonly before?: (operation: string) => void;
  /** Answers with promises. */
  readonly asynchronous?: boolean;
  /** `combine` of a single term of weight 1 returns that very feature. */
  readonly echoes?: boolean;
  /** Leaves `isFinite` out. */
  readonly blind?: boolean;
}

/** Operations on the features of a ledger, in float64. */
export function trackedOps(
  ledger: Ledger,
  { before = () => {}, asynchronous = false, echoes = false, blind = false }: TrackedOpsOptions,
): FeatureOps<Tracked> {
  const answer = <T>(operation: string, work: () => T): MaybePromise<T> => {
    if (!asynchronous) {
      before(operation);
      return work();
    }
    return Promise.resolve().then(() => {
      before(operation);
      return work();
    });
  };
  const pointwise = (a: Tracked, b: Tracked, how: (x: number, y: number) => number): number[] => {
    if (a.shape !== b.shape) throw new Error(`ledger: ${a.shape} and ${b.shape} do not go together`);
    const other = ledger.read(b);
    return ledger.read(a).map((value, index) => how(value, other[index] ?? Number.NaN));
  };
  const kindOf = ({ shape }: Tracked): string => shape.slice(0, shape.indexOf('['));
  return {
    bytes: (feature) => 8 * ledger.read(feature).length,
    shape(feature) {
      before('shape');
      ledger.read(feature);
      return feature.shape;
    },
    subtract: (a, b) =>
      answer('subtract', () =>
        ledger.make(
          pointwise(a, b, (x, y) => x - y),
          kindOf(a),
        ),
      ),
    combine: (terms) =>
      answer('combine', () => {
        const [first, ...rest] = terms;
        if (!first) throw new Error('ledger: nothing to combine');
        if (echoes && terms.length === 1 && first.weight === 1) return first.feature;
        let sum = ledger.make(
          ledger.read(first.feature).map((value) => value * first.weight),
          kindOf(first.feature),
        );
        for (const { feature, weight } of rest) {
          const next = ledger.make(
            pointwise(sum, feature, (x, y) => x + weight * y),
            kindOf(sum),
          );
          ledger.dispose(sum);
          sum = next;
        }
        return sum;
      }),
    relativeL1: (pairs) =>
      answer('relativeL1', () =>
        pairs.map(({ current, reference }): Sums => {
          const differences = pointwise(current, reference, (x, y) => Math.abs(x - y));
          const sizes = ledger.read(reference).map(Math.abs);
          return { numerator: total(differences), denominator: total(sizes), count: sizes.length };
        }),
      ),
    sketch: (feature, stride) => answer('sketch', () => sketchOf(ledger, feature, stride)),
    ...(!blind && {
      isFinite: (feature: Tracked) => answer('isFinite', () => ledger.read(feature).every(Number.isFinite)),
    }),
    // Enough of a filter for tests: linear, and it keeps a part only.
    lowPass: (feature, radius) =>
      answer('lowPass', () =>
        ledger.make(
          ledger.read(feature).map((value) => value * Math.min(1, radius)),
          kindOf(feature),
        ),
      ),
    tokenNorms: (pairs) =>
      answer('tokenNorms', () =>
        pairs.map(({ current, reference }): Sums => {
          const ratios = pointwise(current, reference, (x, y) => Math.abs(x) / Math.abs(y));
          return { numerator: total(ratios), denominator: ratios.length, count: ratios.length };
        }),
      ),
    motion: (feature, lag) =>
      answer('motion', () => {
        const values = ledger.read(feature);
        const later = values.slice(lag);
        return {
          numerator: total(later.map((value, index) => Math.abs(value - (values[index] ?? 0)))),
          denominator: total(later.map((value, index) => Math.abs(value) + Math.abs(values[index] ?? 0))),
          count: later.length,
        };
      }),
    products: (feature, others) =>
      answer('products', () => others.map((other) => total(pointwise(feature, other, (x, y) => x * y)))),
    dispose: (feature) => ledger.dispose(feature),
  };
}

/** A new feature of every n-th element. Its shape is another one, even at stride 1. */
export function sketchOf(ledger: Ledger, feature: Tracked, stride: number): Tracked {
  return ledger.make(
    ledger.read(feature).filter((_, index) => index % stride === 0),
    'sketch',
  );
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
