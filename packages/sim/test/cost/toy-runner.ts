import {
  float32Ops,
  type BlockRunner,
  type FeatureOps,
  type Float32Feature,
  type SiteInfo,
  type SpanRequest,
} from '@refrain/core';

/** A clock that only the toy moves, in milliseconds. */
export class ToyClock {
  #time = 0;
  now = (): number => this.#time;
  spend(milliseconds: number): void {
    this.#time += milliseconds;
  }
}

/** What the parts of the toy cost, in milliseconds. */
export interface ToyCosts {
  readonly enter: number;
  readonly exit: number;
  /** Of each position: its value, and applying it. */
  readonly value: readonly number[];
  readonly apply: readonly number[];
  /** Of every span, however long. */
  readonly launch: number;
  readonly tap: number;
  readonly sketchTap: number;
  /** Of each feature that is added to another. */
  readonly combine: number;
  readonly subtract: number;
  readonly finite: number;
  readonly compare: number;
  readonly sketch: number;
}

/** The toy with what it counts. */
export interface Toy {
  readonly runner: BlockRunner<undefined, Float32Feature, undefined>;
  readonly clock: ToyClock;
  /** Features that were made and not disposed of. */
  readonly held: () => number;
  /** Features that were disposed of twice. */
  readonly twice: () => number;
  readonly passes: { entered: number; released: number };
}

/** Options of the toy beyond its costs. */
export interface ToyOptions {
  /** Sites; each position a block of its own when left out. */
  readonly sites?: readonly SiteInfo[];
  readonly sketches?: boolean;
  /** Added to the costs of a pass, by the number of the pass: a noisy machine. */
  readonly noise?: (pass: number) => number;
  /** Called when a span begins. */
  readonly onSpan?: (pass: number) => void;
}

/** Blocks of one position each. */
function plainSites(count: number): readonly SiteInfo[] {
  return Array.from({ length: count }, (_, from) => ({
    level: 'block',
    name: `blocks.${from}`,
    family: 'block',
    from,
    until: from + 1,
    modulated: false,
  }));
}

/** Blocks of two inner sites each: attention and MLP. */
export function innerSites(count: number): readonly SiteInfo[] {
  return Array.from({ length: count }, (_, index): SiteInfo[] => {
    const block = `blocks.${index}`;
    const [from, middle, until] = [2 * index, 2 * index + 1, 2 * index + 2];
    return [
      { level: 'block', name: block, family: 'block', from, until, modulated: true },
      { level: 'inner', name: `${block}/attn`, kind: 'self-attention', block, from, until: middle },
      { level: 'inner', name: `${block}/mlp`, kind: 'mlp', block, from: middle, until },
    ];
  }).flat();
}

/** A runner whose work moves a clock and nothing else. */
export function toyRunner(costs: ToyCosts, options: ToyOptions = {}): Toy {
  const { sites = plainSites(costs.value.length), sketches = false, noise = () => 0, onSpan } = options;
  const clock = new ToyClock();
  const held = new Set<object>();
  let twice = 0;
  const passes = { entered: 0, released: 0 };
  const own = (feature: Float32Feature): Float32Feature => {
    held.add(feature);
    return feature;
  };
  const make = (): Float32Feature => own(Float32Array.of(1, 2, 3, 4));
  const ops: FeatureOps<Float32Feature> = {
    bytes: (feature) => float32Ops.bytes(feature),
    shape: (feature) => float32Ops.shape(feature),
    subtract: () => (clock.spend(costs.subtract), make()),
    combine: (terms) => (clock.spend(costs.combine * Math.max(1, terms.length - 1)), make()),
    sketch: () => (clock.spend(costs.sketch), make()),
    isFinite: () => (clock.spend(costs.finite), true),
    relativeL1: (pairs) => {
      clock.spend(costs.compare * pairs.length);
      return pairs.map(() => ({ numerator: 0, denominator: 1, count: 4 }));
    },
    dispose: (feature) => {
      if (!held.delete(feature)) twice += 1;
    },
  };
  const spend = (
    { from, until, values, taps }: SpanRequest<Float32Feature>,
    extra: number,
  ): Float32Feature => {
    let cost = costs.launch + extra;
    for (let at = from; at < until; at++)
      cost += (values.has(at) ? 0 : (costs.value[at] ?? 0)) + (costs.apply[at] ?? 0);
    for (const { stride } of taps) cost += stride !== undefined && sketches ? costs.sketchTap : costs.tap;
    clock.spend(cost);
    return make();
  };
  const runner: Toy['runner'] = {
    name: 'toy',
    sites,
    ops,
    sketches,
    enter: () => {
      passes.entered += 1;
      const number = passes.entered;
      clock.spend(costs.enter + noise(number));
      return {
        x: make(),
        span: (request) => {
          onSpan?.(number);
          return { x: spend(request, noise(number)), taps: request.taps.map(make) };
        },
        look: (_at, _x, taps) => taps.map(make),
        exit: () => (clock.spend(costs.exit), undefined),
        release: () => {
          passes.released += 1;
        },
      };
    },
  };
  return { runner, clock, held: () => held.size, twice: () => twice, passes };
}
