import {
  streamOf,
  type BlockSite,
  type InnerSite,
  type ModuleKind,
  type Stream,
  type Tap,
} from '@refrain/core';
import type { CostModel, RecordedLane, Recording } from '@refrain/sim';
import fc from 'fast-check';

const kinds: readonly ModuleKind[] = ['self-attention', 'temporal-attention', 'cross-attention', 'mlp'];

/** Blocks with different numbers of modules, or blocks without. */
const streams: fc.Arbitrary<Stream> = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    hasInner: fc.boolean(),
    modulated: fc.boolean(),
    conditioning: fc.subarray(['timestep-embedding', 'text 1', 'ü/☃ "quoted"']),
  })
  .map(({ widths, hasInner, modulated, conditioning }) => {
    const blocks: BlockSite[] = [];
    const inner: InnerSite[] = [];
    let from = 0;
    for (const [index, width] of widths.entries()) {
      const name = `transformer_blocks.${index}`;
      const family = index % 2 ? 'temporal' : 'spatial';
      blocks.push({ level: 'block', name, family, from, until: from + width, modulated });
      for (let at = from; at < (hasInner ? from + width : from); at++) {
        const kind = kinds[at - from]!;
        inner.push({ level: 'inner', name: `${name}/${kind}`, kind, block: name, from: at, until: at + 1 });
      }
      from += width;
    }
    return streamOf([...blocks, ...inner], conditioning);
  });

/** Every tap that a stream has. */
export function allTaps({ length, blocks, inner, conditioning }: Stream): Tap[] {
  const taps: Tap[] = conditioning.map((name) => ({ of: 'conditioning', name }));
  for (let at = -1; at <= length + 1; at++) taps.push({ of: 'stream', at });
  for (let at = 0; at < length; at++) taps.push({ of: 'modulated', at });
  for (const { from } of inner) taps.push({ of: 'value', at: from });
  for (let from = -1; from <= length; from++)
    for (let until = from + 1; until <= length + 1; until++) taps.push({ of: 'residual', from, until });
  return blocks.length > 0 ? taps : [];
}

const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
const labels = fc.string({ unit: 'binary', maxLength: 8 });
const names = texts.filter((name) => name !== '');
const amounts = fc.float({ min: 0, noNaN: true, noDefaultInfinity: true });
/** JSON has no −0. */
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const positives = numbers.map((value) => Math.abs(value) + Number.MIN_VALUE);

function costsOf(length: number): fc.Arbitrary<CostModel> {
  const seconds = numbers.map((value) => Math.abs(value));
  const perPosition = fc.array(seconds, { minLength: length, maxLength: length });
  const all = {
    source: texts,
    frame: seconds,
    whole: perPosition,
    value: perPosition,
    stretch: seconds,
    reuse: seconds,
    keep: seconds,
    indicator: seconds,
    sketchedIndicator: seconds,
  };
  const rare = fc.record({ handOut: seconds, lowPass: seconds }, { requiredKeys: [] });
  return fc.tuple(fc.record(all), rare).map(([usual, others]) => ({ ...usual, ...others }));
}

/** Zero from some place of each row on. */
function triangle<Values extends Float32Array | Float64Array>(
  values: Values,
  steps: number,
  end: number,
): Values {
  for (let at = 0; at < values.length; at++)
    if (at % steps >= (Math.floor(at / steps) % steps) + end) values[at] = 0;
  return values;
}

function laneOf(branch: string, call: number, taps: number, steps: number): fc.Arbitrary<RecordedLane> {
  const some = (length: number): fc.Arbitrary<Float32Array> =>
    fc.array(amounts, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
  const products = fc.array(numbers, { minLength: steps * steps, maxLength: steps * steps }).map((values) =>
    triangle(
      Float64Array.from(values, (value, at) => (at % (steps + 1) === 0 ? Math.abs(value) : value)),
      steps,
      1,
    ),
  );
  const ratios = some(steps).map((values) => values.fill(1, 0, 1));
  return fc.record(
    {
      branch: fc.constant(branch),
      call: fc.constant(call),
      change: some(taps * steps * steps).map((values) => triangle(values, steps, 0)),
      magnitude: some(taps * steps),
      ratios,
      products,
    },
    { requiredKeys: ['branch', 'call', 'change', 'magnitude'] },
  );
}

/** Sound recordings of all shapes, small. */
export const recordings: fc.Arbitrary<Recording> = fc
  .record({
    stream: streams,
    steps: fc.integer({ min: 2, max: 5 }),
    branches: fc.constantFrom(['conditional'], ['conditional', 'unconditional'], ['☃ a/b', 'change']),
    callsPerStep: fc.integer({ min: 1, max: 2 }),
  })
  .chain(({ stream, steps, branches, callsPerStep }) =>
    fc.shuffledSubarray(allTaps(stream), { minLength: 1, maxLength: 5 }).chain((taps) => {
      const places = branches.flatMap((branch) =>
        Array.from({ length: callsPerStep }, (_, call) => laneOf(branch, call, taps.length, steps)),
      );
      return fc.record(
        {
          model: names,
          architecture: names,
          label: labels,
          steps: fc.constant(steps),
          timesteps: fc.array(numbers, { minLength: steps, maxLength: steps }),
          branches: fc.constant(branches),
          callsPerStep: fc.constant(callsPerStep),
          guidance: numbers,
          stream: fc.constant(stream),
          wholeModel: fc.boolean(),
          bytesPerElement: positives,
          stride: fc.integer({ min: 1, max: 1000 }),
          taps: fc.tuple(
            ...taps.map((tap) => fc.record({ tap: fc.constant(tap), elements: fc.integer({ min: 1 }) })),
          ),
          lanes: fc.tuple(...places),
          costs: costsOf(stream.length),
        },
        {
          requiredKeys: [
            'model',
            'label',
            'steps',
            'timesteps',
            'branches',
            'callsPerStep',
            'guidance',
            'stream',
            'wholeModel',
            'bytesPerElement',
            'stride',
            'taps',
            'lanes',
          ],
        },
      );
    }),
  );

/** One small recording, always the same. */
export function sampleRecording(): Recording {
  const stream = streamOf(
    [0, 1].map((from) => ({
      level: 'block',
      name: `blocks.${from}`,
      family: 'block',
      from,
      until: from + 1,
      modulated: false,
    })),
  );
  return {
    model: 'sample',
    label: 'a still lake',
    steps: 3,
    timesteps: [1000, 600, 200],
    branches: ['conditional'],
    callsPerStep: 1,
    guidance: 1,
    stream,
    wholeModel: false,
    bytesPerElement: 4,
    stride: 1,
    taps: [
      { tap: { of: 'stream', at: 2 }, elements: 64 },
      { tap: { of: 'residual', from: 0, until: 2 }, elements: 64 },
    ],
    lanes: [
      {
        branch: 'conditional',
        call: 0,
        change: Float32Array.of(0, 0, 0, 0.5, 0, 0, 0.75, 0.25, 0, 0, 0, 0, 0.1, 0, 0, 0.2, 0.3, 0),
        magnitude: Float32Array.of(1, 2, 3, 4, 5, 6),
        ratios: Float32Array.of(1, 1.25, 0.9),
        products: Float64Array.of(16, 0, 0, -19.5, 25, 0, 1 / 3, 30, 36),
      },
    ],
  };
}
