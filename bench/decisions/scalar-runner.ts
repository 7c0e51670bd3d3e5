import type {
  BlockRunner,
  FeaturePair,
  ModuleKind,
  Pass,
  RunnerTap,
  SiteInfo,
  SpanRequest,
  SpanResult,
  Sums,
} from '@refrain/core';

/** A feature of one number: all that decisions need. */
export interface Scalar {
  readonly value: number;
}

/** Number of denoising steps. */
export const STEPS = 50;
/** Blocks of two inner sites each: a stream of 56 positions. */
const BLOCKS = 28;
const KINDS: readonly (readonly [ModuleKind, ModuleKind])[] = [
  ['self-attention', 'cross-attention'],
  ['spatial-attention', 'mlp'],
  ['temporal-attention', 'mlp'],
];

/** Conditioning that policies may look at. */
const CONDITIONING: readonly string[] = ['timestep-embedding'];

const sites: readonly SiteInfo[] = Array.from({ length: BLOCKS }, (_, block): readonly SiteInfo[] => {
  const name = `blocks.${block}`;
  const from = 2 * block;
  const [first, second] = KINDS[block % KINDS.length] ?? ['other', 'other'];
  return [
    { level: 'block', name, family: 'blocks', from, until: from + 2, modulated: true },
    { level: 'inner', name: `${name}/0`, kind: first, block: name, from, until: from + 1 },
    { level: 'inner', name: `${name}/1`, kind: second, block: name, from: from + 1, until: from + 2 },
  ];
}).flat();

/** Numbers in 0 … 1 from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The sample at each step: it changes by 40 % at the ends of the run and by 2 % in the middle, give or take a fifth. */
export function samples(): readonly number[] {
  const random = seeded(7);
  let value = 1;
  return Array.from({ length: STEPS }, (_, step) => {
    const toTheSide = (2 * step) / (STEPS - 1) - 1;
    value *= 1 + (0.02 + 0.38 * toTheSide ** 6) * (0.8 + 0.4 * random());
    return value;
  });
}

/** A runner that offers everything a policy can need, for nothing. */
export const scalarRunner: BlockRunner<Scalar, Scalar, Scalar> = {
  name: 'scalar',
  sites,
  conditioning: CONDITIONING,
  model: { sample: copy, feature: copy, output: copy },
  ops: {
    bytes: () => 8,
    shape: () => 'scalar',
    subtract: (minuend, subtrahend) => ({ value: minuend.value - subtrahend.value }),
    combine: (terms) => ({
      value: terms.reduce((sum, { weight, feature }) => sum + weight * feature.value, 0),
    }),
    relativeL1: (pairs) => pairs.map(change),
    sketch: copy,
    lowPass: copy,
    tokenNorms: (pairs) =>
      pairs.map(({ current, reference }) => sums(Math.abs(current.value / reference.value), 1)),
    motion: ({ value }) => sums(0.05 * Math.abs(value), Math.abs(value)),
    products: ({ value }, others) => others.map((other) => value * other.value),
    dispose: () => {},
  },
  enter: ({ value }, { step }) => passOf(value, step),
};

function copy({ value }: Scalar): Scalar {
  return { value };
}

function change({ current, reference }: FeaturePair<Scalar>): Sums {
  return sums(Math.abs(current.value - reference.value), Math.abs(reference.value));
}

function sums(numerator: number, denominator: number): Sums {
  return { numerator, denominator, count: 1 };
}

function passOf(sample: number, step: number): Pass<Scalar, Scalar> {
  // The stream at each position and the value of each site, as far as they have been run.
  const stream: number[] = [sample];
  const values: number[] = [];
  const tap = (wanted: RunnerTap): Scalar => {
    if (wanted.of === 'conditioning') return { value: 1 + step / STEPS };
    if (wanted.of === 'value') return { value: values[wanted.at] ?? 0 };
    return { value: (stream[wanted.at] ?? 0) * (wanted.of === 'modulated' ? 1 + step / (10 * STEPS) : 1) };
  };
  return {
    x: { value: sample },
    look: (at, { value }, taps) => {
      stream[at] = value;
      return taps.map((request) => tap(request.tap));
    },
    span({ from, until, x, values: given, taps }: SpanRequest<Scalar>): SpanResult<Scalar> {
      stream[from] = x.value;
      for (let site = from; site < until; site++) {
        const before = stream[site] ?? 0;
        values[site] = given.get(site)?.value ?? before * 0.01 * (1 + (site % 3));
        stream[site + 1] = before + (values[site] ?? 0);
      }
      return { x: { value: stream[until] ?? 0 }, taps: taps.map((request) => tap(request.tap)) };
    },
    exit: copy,
  };
}
