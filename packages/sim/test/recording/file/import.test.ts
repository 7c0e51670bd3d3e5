import { readRecording, writeRecording, type Recording } from '@refrain/sim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spellTap } from '../../../src/recording/file/tap-spelling.ts';
import { fuzz } from '../../seed.ts';
import { floats, importOf, leastDescription, leastTensors, type HandMadeTensor } from './hand-made.ts';
import { allTaps, recordings } from './recordings.ts';

const imported = (more: object, tensors = leastTensors): Recording =>
  readRecording(importOf({ ...leastDescription, ...more }, tensors));

/** Tensors of so many taps. */
const tensorsOf = (taps: number, lane = 'conditional'): Record<string, HandMadeTensor> => ({
  [`${lane}/change`]: floats([taps, 2, 2], Array<number>(taps * 4).fill(0.5)),
  [`${lane}/magnitude`]: floats([taps, 2], Array<number>(taps * 2).fill(1)),
});

describe('what an importer may leave out', () => {
  test('is filled in', () => {
    expect(imported({})).toEqual({
      model: 'elsewhere',
      label: '',
      steps: 2,
      timesteps: [1, 0.5],
      branches: ['conditional'],
      callsPerStep: 1,
      guidance: 1,
      stream: {
        length: 1,
        blocks: [{ level: 'block', name: 'blocks.0', family: 'block', from: 0, until: 1, modulated: false }],
        inner: [],
        conditioning: [],
      },
      wholeModel: false,
      bytesPerElement: 4,
      stride: 1,
      taps: [{ tap: { of: 'stream', at: 1 }, elements: 8 }],
      lanes: [
        {
          branch: 'conditional',
          call: 0,
          change: Float32Array.of(0, 0, 0.25, 0),
          magnitude: Float32Array.of(1, 2),
        },
      ],
    });
  });

  test('numbers of steps with themselves and with later ones are not looked at', () => {
    const tensors = {
      ...leastTensors,
      'conditional/change': floats([1, 2, 2], [Number.NaN, 0.25, 0.25, Infinity]),
      'conditional/ratios': floats([2], [Number.NaN, 1.5]),
    };
    const [lane] = imported({}, tensors).lanes;
    expect(lane?.change).toEqual(Float32Array.of(0, 0, 0.25, 0));
    expect(lane?.ratios).toEqual(Float32Array.of(1, 1.5));
  });

  test('what is said about taps follows into the stream', () => {
    const taps = ['modulated 1', 'conditioning timestep-embedding', 'sample', 'model output'];
    const { stream, wholeModel } = imported({ blocks: ['a', 'b'], taps }, tensorsOf(4));
    expect(stream.blocks.map(({ name, modulated }) => [name, modulated])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(stream.conditioning).toEqual(['timestep-embedding']);
    expect(wholeModel).toBe(true);
  });

  test('modules lie in their blocks', () => {
    const { stream, taps } = imported(
      {
        blocks: ['a', { name: 'b', family: 'joint', modules: [{ kind: 'mlp', name: 'ff' }] }],
        modules: ['self-attention', 'cross-attention', 'mlp'],
        taps: ['value 0.1', 'residual 0.2', 'value 1.0', 'modulated 0.1', 'output 0'],
      },
      tensorsOf(5),
    );
    expect(stream.length).toBe(4);
    expect(stream.blocks.map(({ name, family, from, until }) => [name, family, from, until])).toEqual([
      ['a', 'block', 0, 3],
      ['b', 'joint', 3, 4],
    ]);
    expect(stream.inner.map(({ name }) => name)).toEqual([
      'a/self-attention',
      'a/cross-attention',
      'a/mlp',
      'b/ff',
    ]);
    expect(taps.map(({ tap }) => tap)).toEqual([
      { of: 'value', at: 1 },
      { of: 'residual', from: 2, until: 3 },
      { of: 'value', at: 3 },
      { of: 'modulated', at: 1 },
      { of: 'stream', at: 3 },
    ]);
  });

  test('lanes have the names that the executor gives them', () => {
    const lanes = ['cond', 'cond.1', 'uncond', 'uncond.1'];
    const tensors = Object.assign({}, ...lanes.map((lane) => tensorsOf(1, lane))) as typeof leastTensors;
    const read = imported({ branches: ['cond', 'uncond'], callsPerStep: 2 }, tensors);
    expect(read.lanes.map(({ branch, call }) => (call === 0 ? branch : `${branch}.${call}`))).toEqual(lanes);
  });

  test('one cost stands for all positions, and nothing for the rest', () => {
    const { costs } = imported({ costs: { whole: 0.25 } });
    expect(costs).toEqual({
      source: 'imported',
      frame: 0,
      whole: [0.25],
      value: [0],
      stretch: 0,
      reuse: 0,
      keep: 0,
      indicator: 0,
      sketchedIndicator: 0,
    });
  });
});

describe('taps', () => {
  test('short names mean what the page says', () => {
    const taps = 'input,output 1,modulated 1,residual,residual 1,residual 0-1,value 1.0,sample,model output'
      .split(',')
      .concat('model residual', 'conditioning a b', 'residual 1.1');
    const modules = ['self-attention', 'mlp'];
    const read = imported({ blocks: 3, modules, taps }, tensorsOf(12));
    expect(read.taps.map(({ tap }) => tap)).toEqual([
      { of: 'stream', at: 0 },
      { of: 'stream', at: 4 },
      { of: 'modulated', at: 2 },
      { of: 'residual', from: 0, until: 6 },
      { of: 'residual', from: 2, until: 4 },
      { of: 'residual', from: 0, until: 4 },
      { of: 'value', at: 2 },
      { of: 'stream', at: -1 },
      { of: 'stream', at: 7 },
      { of: 'residual', from: -1, until: 7 },
      { of: 'conditioning', name: 'a b' },
      { of: 'residual', from: 3, until: 4 },
    ]);
  });

  test('different taps have different short names', () => {
    fc.assert(
      fc.property(recordings, ({ stream }) => {
        const names = allTaps(stream).flatMap((tap) => spellTap(tap, stream) ?? []);
        expect(new Set(names).size).toBe(names.length);
      }),
      fuzz,
    );
  });

  test('may be objects, each with its own number of elements', () => {
    const taps = [
      { tap: { of: 'stream', at: 0 }, elements: 3 },
      { of: 'stream', at: 1 },
    ];
    expect(imported({ taps }, tensorsOf(2)).taps).toEqual([
      { tap: { of: 'stream', at: 0 }, elements: 3 },
      { tap: { of: 'stream', at: 1 }, elements: 8 },
    ]);
  });
});

describe('numbers', () => {
  const read = (dtype: string, ...magnitude: readonly Uint8Array[]): Float32Array => {
    const bytes = Uint8Array.from(magnitude.flatMap((part) => [...part]));
    const tensors = { ...leastTensors, 'conditional/magnitude': { dtype, shape: [1, 2], bytes } };
    return imported({}, tensors).lanes[0]!.magnitude;
  };

  test('may be float64, float16 or bfloat16', () => {
    expect(read('F64', new Uint8Array(Float64Array.of(0.1, 3e-50).buffer))).toEqual(Float32Array.of(0.1, 0));
    const half = Uint16Array.of(0x3555, 0x0001);
    expect(read('F16', new Uint8Array(half.buffer))).toEqual(Float32Array.of(1365 / 4096, 2 ** -24));
    const brain = Uint16Array.of(0x3eab, 0x0001);
    expect(read('BF16', new Uint8Array(brain.buffer))).toEqual(Float32Array.of(171 / 512, 2 ** -133));
  });

  test('every float16 is read as the float it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bff }), (bits) => {
        const exponent = bits >> 10;
        const fraction = (bits & 0x3ff) / 1024;
        const value = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
        expect(read('F16', new Uint8Array(Uint16Array.of(bits, bits).buffer))[1]).toBe(value);
      }),
      fuzz,
    );
  });
});

test('the full form of the stream is accepted and written', () => {
  fc.assert(
    fc.property(recordings, (recording) => {
      const bytes = writeRecording(recording);
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
        string,
        Record<string, string>
      >;
      const description = JSON.parse(header['__metadata__']!['refrain.recording']!) as Recording;
      expect(description.stream).toEqual(recording.stream);
    }),
    { ...fuzz, numRuns: 20 },
  );
});
