import type { Decision, Entry, Indicator, Policy, Stream } from '@refrain/core';

/** What the passes of a measurement are called, in their order. */
export const passNames = [
  'prepare',
  'plain',
  'output',
  'plainAgain',
  'residual',
  'kept',
  'indicators',
  'sketches',
  'pieces',
  'otherPieces',
  'values',
] as const;

/** One pass of the script. */
export type PassName = (typeof passNames)[number];

/** Into how many pieces a pass is cut, to see what each costs besides its work. */
const MOST_PIECES = 8;

type Span = Exclude<Decision, { do: 'measure' }>;

/**
 * Where the pieces of a pass begin and end: at block boundaries, evenly spread.
 *
 * @param stream - of the runner
 */
export function piecesOf({ blocks }: Stream): readonly { readonly from: number; readonly until: number }[] {
  const count = Math.min(MOST_PIECES, blocks.length);
  const ends = Array.from({ length: count }, (_, index) => {
    const last = Math.round(((index + 1) * blocks.length) / count) - 1;
    return blocks[last]?.until ?? 0;
  });
  return ends.map((until, index) => ({ from: ends[index - 1] ?? 0, until }));
}

/**
 * A policy that does at each step one of the things which cost something. Everything before and after a pass is what it
 * is in a real run, so prices are differences of whole passes.
 *
 * @param stream - of the runner
 * @param stride - of sketches
 */
export function scriptedPolicy(stream: Stream, stride: number): Policy {
  const passes = spansOf(stream, stride);
  const modulated = stream.blocks.every((block) => block.modulated);
  return {
    id: 'measure-costs',
    granularity: 'block',
    needs: {
      history: 1,
      ...(modulated && { modulated: 'all' as const }),
      ...(stream.inner.length > 0 && { inner: 'any' as const }),
    },
    limits: () => ({ warmUp: 1, tail: 0 }),
    init: () => ({}),
    next: (_, { step, site }) => passes[passNames[step] ?? 'plain'].get(site) ?? computed(stream.length),
    observe: (state) => state,
  };
}

/** What each pass does, by the position where it does it. */
function spansOf(stream: Stream, stride: number): Readonly<Record<PassName, ReadonlyMap<number, Span>>> {
  const { length, inner } = stream;
  const pieces = piecesOf(stream);
  const [exact, sketched] = [indicatorsOf(stream), indicatorsOf(stream, stride)];
  const whole: Entry = { from: 0, until: length, form: 'residual' };
  const parts = pieces.map((piece): Entry => ({ ...piece, form: 'residual' }));
  const values = inner.map(({ from }): Entry => ({ from, until: from + 1, form: 'value' }));
  const output: Entry = { from: 0, until: length, form: 'output' };
  // One piece is the whole stack, which is kept already.
  const all = [whole, output, ...(parts.length > 1 ? parts : [])];
  const at = (span: Span): ReadonlyMap<number, Span> => new Map([[0, span]]);
  const plain = at(computed(length));
  const everySecond = (which: number): ReadonlyMap<number, Span> =>
    new Map(
      pieces.map(({ from, until }, index) => [from, index % 2 === which ? computed(until) : reused(until)]),
    );
  return {
    prepare: at(computed(length, all, [...exact, ...sketched])),
    plain,
    output: at(reused(length, 'output')),
    plainAgain: plain,
    residual: at(reused(length)),
    kept: at(computed(length, [whole])),
    indicators: at(computed(length, [], exact)),
    sketches: at(computed(length, [], sketched)),
    pieces: everySecond(0),
    otherPieces: everySecond(1),
    values: at(computed(length, values)),
  };
}

function computed(until: number, keep: readonly Entry[] = [], measure: readonly Indicator[] = []): Span {
  return { do: 'compute', until, keep, measure, why: { kind: 'schedule' } };
}

function reused(until: number, form: Entry['form'] = 'residual'): Span {
  return { do: 'reuse', until, form, weights: [1], why: { kind: 'schedule' } };
}

/** What indicators look at most: the modulated input of each block, or its output where that is not offered. */
function indicatorsOf({ blocks }: Stream, stride?: number): readonly Indicator[] {
  return blocks.map(({ modulated, from, until }): Indicator => {
    const tap = modulated ? ({ of: 'modulated', at: from } as const) : ({ of: 'stream', at: until } as const);
    const name = `${tap.of} ${tap.at}`;
    if (stride === undefined || stride === 1) return { name, tap, against: 'computed' };
    return { name: `${name} sketched`, tap, against: 'computed', stride };
  });
}
