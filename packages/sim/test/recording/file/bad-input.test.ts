import { readRecording, SimError, writeRecording, type Recording, type SimErrorCode } from '@refrain/sim';
import { recordingFromParquet, recordingToParquet } from '@refrain/sim/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../../seed.ts';
import { isFiniteThroughout, simErrorOf, simErrorOfPromise } from './errors.ts';
import { fileOf, floats, importOf, leastDescription, leastTensors } from './hand-made.ts';
import { recordings, sampleRecording } from './recordings.ts';

const sample = sampleRecording();
const codesOfPrefixes: readonly SimErrorCode[] = ['RECORDING_BROKEN', 'RECORDING_FOREIGN'];

/** Reads bytes; anything but a `SimError` or a recording of finite numbers fails. */
function expectRefusedOrFinite(bytes: Uint8Array): void {
  let read: Recording;
  try {
    read = readRecording(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(SimError);
    return;
  }
  expect(isFiniteThroughout(read)).toBe(true);
}

describe('files that were cut off', () => {
  test('every prefix of a safetensors file is refused', () => {
    const bytes = writeRecording(sample);
    for (let length = 0; length < bytes.length; length++)
      expect(simErrorOf(() => readRecording(bytes.slice(0, length))).code).toBe('RECORDING_BROKEN');
  });

  test('every prefix of a Parquet file is refused', async () => {
    const bytes = recordingToParquet(sample);
    for (let length = 0; length < bytes.length; length++) {
      const error = await simErrorOfPromise(recordingFromParquet(bytes.slice(0, length)));
      expect(codesOfPrefixes).toContain(error.code);
    }
  });

  test('and so is any prefix of any recording', () => {
    fc.assert(
      fc.property(
        recordings,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (recording, share) => {
          const bytes = writeRecording(recording);
          const cut = bytes.slice(0, Math.floor(bytes.length * share));
          expect(simErrorOf(() => readRecording(cut)).message).toMatch(/cut off|header/);
        },
      ),
      fuzz,
    );
  });

  test('bytes behind the end are refused', () => {
    const longer = Uint8Array.of(...writeRecording(sample), 0);
    expect(simErrorOf(() => readRecording(longer)).message).toMatch(/behind its tensors/);
  });
});

describe('broken bytes give a typed error or finite numbers', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

  /** Bytes of a file with some of them changed; half of the changes fall into its first 1000, where the header is. */
  const broken = (bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array => {
    const copy = bytes.slice();
    for (const [at, value] of changes)
      copy[at % 2 ? at % bytes.length : at % Math.min(1000, bytes.length)] = value;
    return copy;
  };

  test('in safetensors', () => {
    const bytes = writeRecording(sample);
    fc.assert(
      fc.property(flips, (changes) => expectRefusedOrFinite(broken(bytes, changes))),
      { ...fuzz, numRuns: 20 * fuzz.numRuns },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectRefusedOrFinite), fuzz);
  });

  test('in Parquet, whose seal is checked before it is decoded', async () => {
    const bytes = recordingToParquet(sample);
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const behindTheMark = changes.map(([at, value]) => [8 + (at % (bytes.length - 8)), value] as const);
        const copy = bytes.slice();
        for (const [at, value] of behindTheMark) copy[at] = value;
        fc.pre(copy.some((byte, at) => byte !== bytes[at]));
        const error = await simErrorOfPromise(recordingFromParquet(copy));
        expect([error.code, error.message]).toEqual([
          'RECORDING_BROKEN',
          expect.stringContaining('cut off or changed'),
        ]);
      }),
      { ...fuzz, numRuns: 5 * fuzz.numRuns },
    );
  });

  test('in Parquet without a seal it is the table that counts', async () => {
    const bytes = recordingToParquet(sample);
    bytes[4] = 0;
    expect(await recordingFromParquet(bytes)).toEqual(sample);
  });
});

describe('other files', () => {
  const cases: readonly (readonly [string, Uint8Array, SimErrorCode, RegExp])[] = [
    ['nothing at all', new Uint8Array(0), 'RECORDING_BROKEN', /got 0/],
    ['text', new TextEncoder().encode('step,change\n0,1\n'), 'RECORDING_FOREIGN', /safetensors/],
    ['a header of petabytes', new Uint8Array(64).fill(0xff, 0, 7), 'RECORDING_FOREIGN', /something else/],
    ['Parquet', recordingToParquet(sample), 'RECORDING_FOREIGN', /loadRecording/],
    ['no JSON', fileOf('{"a": }'), 'RECORDING_BROKEN', /JSON/],
    ['no UTF-8', fileOf({}).map((byte, at) => (at === 9 ? 0xff : byte)), 'RECORDING_BROKEN', /JSON/],
    [
      'a model',
      fileOf({ a: { dtype: 'F32', shape: [0], data_offsets: [0, 0] } }),
      'RECORDING_FOREIGN',
      /metadata/,
    ],
    ['metadata that are no texts', fileOf({ __metadata__: { a: 1 } }), 'RECORDING_BROKEN', /__metadata__/],
    ['metadata that are no object', fileOf({ __metadata__: [] }), 'RECORDING_BROKEN', /__metadata__/],
    [
      'a tensor without a place',
      fileOf({ a: { dtype: 'F32', shape: [1] } }),
      'RECORDING_BROKEN',
      /data_offsets/,
    ],
    [
      'a newer version',
      importOf({ ...leastDescription, format: 2 }, leastTensors),
      'RECORDING_FOREIGN',
      /got 2/,
    ],
    ['no version', importOf([], leastTensors), 'RECORDING_FOREIGN', /"format": 1/],
  ];
  test.each(cases)('%s', (_, bytes, code, message) => {
    const error = simErrorOf(() => readRecording(bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test('a safetensors file is no Parquet file, and Parquet of others is no recording', async () => {
    const error = await simErrorOfPromise(recordingFromParquet(writeRecording(sample)));
    expect([error.code, error.message]).toEqual([
      'RECORDING_FOREIGN',
      expect.stringContaining('readRecording'),
    ]);
  });

  test('a description that is no JSON', () => {
    const error = simErrorOf(() => readRecording(fileOf({ __metadata__: { 'refrain.recording': '{' } })));
    expect(error.code).toBe('RECORDING_BROKEN');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });
});

describe('tensors that do not fit', () => {
  const four = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      'overlap',
      fileOf({ a: four, b: { ...four, data_offsets: [2, 6] } }, new Uint8Array(6)),
      /"b".*begin at byte 4/,
    ],
    ['a hole', fileOf({ a: four, b: { ...four, data_offsets: [8, 12] } }, new Uint8Array(12)), /"b".*byte 4/],
    ['out of the file', fileOf({ a: four }, new Uint8Array(2)), /expected 4 bytes of tensors, got 2/],
    ['backwards', fileOf({ a: { ...four, data_offsets: [0, -4] } }), /data_offsets/],
    [
      'missing',
      importOf(leastDescription, { 'conditional/change': leastTensors['conditional/change']! }),
      /only/,
    ],
    [
      'another shape',
      importOf(leastDescription, { ...leastTensors, 'conditional/magnitude': floats([2, 1], [1, 2]) }),
      /expected shape \[1, 2\], got \[2, 1\]/,
    ],
    [
      'another kind of number',
      importOf(leastDescription, {
        ...leastTensors,
        'conditional/magnitude': { dtype: 'I32', shape: [1, 2], bytes: new Uint8Array(8) },
      }),
      /expected dtype F64, F32, F16, BF16, got I32/,
    ],
    [
      'too few bytes for its shape',
      importOf(leastDescription, {
        ...leastTensors,
        'conditional/magnitude': { dtype: 'F64', shape: [1, 2], bytes: new Uint8Array(8) },
      }),
      /expected 16 bytes, got 8/,
    ],
  ];
  test.each(cases)('%s', (_, bytes, message) => {
    const error = simErrorOf(() => readRecording(bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe('RECORDING_BROKEN');
  });
});

/** Values near those that belong into a description. */
const { value: nearValues } = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      'conditional',
      'output 0',
      'residual 0',
      'mlp',
      1,
      2,
      -1,
      1e9,
      [],
      {},
      true,
      null,
    ),
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'name',
        'tap',
        'of',
        'at',
        'from',
        'until',
        'blocks',
        'inner',
        'modules',
        'whole',
        'kind',
      ),
      tie('value'),
    ),
  ),
}));

describe('descriptions that do not fit', () => {
  test('whatever stands in a field: a typed error or finite numbers', () => {
    const optional = [
      'architecture',
      'label',
      'steps',
      'branches',
      'callsPerStep',
      'guidance',
      'stream',
      'modules',
    ];
    const fields = [
      ...Object.keys(leastDescription),
      ...optional,
      'conditioning',
      'wholeModel',
      'stride',
      'costs',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields), nearValues, { minKeys: 1, maxKeys: 2 }),
        (change) => {
          expectRefusedOrFinite(importOf({ ...leastDescription, ...change }, leastTensors));
        },
      ),
      { ...fuzz, numRuns: 10 * fuzz.numRuns },
    );
  });

  const cases: readonly (readonly [object, RegExp])[] = [
    [{ model: undefined }, /model: expected a text, got nothing/],
    [{ steps: 3 }, /steps: expected 2, the number of timesteps, got 3/],
    [{ timesteps: [1] }, /at least 2/],
    [{ timesteps: [1, null] }, /timesteps\[1\]: expected a finite number, got null/],
    [{ timestep: [1, 2] }, /perhaps "timesteps"/],
    [{ branches: ['a', 'a'] }, /different names/],
    [{ branches: ['a.1'] }, /without \. : , \|/],
    [{ branches: [] }, /one or more/],
    [{ callsPerStep: 0 }, /callsPerStep: expected an integer of at least 1/],
    [{ callsPerStep: 1e9 }, /"conditional\.1\/change"/],
    [{ guidance: 'high' }, /guidance: expected a finite number, got "high"/],
    [{ stride: 1.5 }, /stride/],
    [{ bytesPerElement: 0 }, /bytesPerElement: expected a number above 0/],
    [{ wholeModel: 1 }, /wholeModel: expected true or false/],
    [{ elements: undefined }, /taps\[0\]\.elements/],
    [{ elements: 0.5 }, /elements/],
    [{ blocks: undefined }, /blocks: expected the number of blocks/],
    [{ blocks: 1e9 }, /at most 10000/],
    [{ blocks: 2000, modules: Array(6).fill('mlp') }, /at most 10000/],
    [{ blocks: ['a', 'a'] }, /two sites are called "a"/],
    [{ blocks: 1, modules: ['mpl'] }, /modules\[0\]: expected one of self-attention/],
    [{ taps: [] }, /at least one tap/],
    [{ taps: ['output 0', { of: 'stream', at: 1 }] }, /each tap once, got "stream 1"/],
    [{ taps: ['output 1'] }, /taps\[0\]: expected a tap of this model such as .*, got "output 1"/],
    [{ taps: ['value 0.0'] }, /a tap of this model/],
    [{ taps: ['residual 0-7'] }, /a tap of this model/],
    [{ taps: ['modulated 0-0'] }, /a tap of this model/],
    [{ taps: [{ of: 'stream', at: 3 }] }, /a place in a stream of 1 positions/],
    [{ taps: [{ of: 'residual', from: 1, until: 1 }] }, /a place in a stream/],
    [{ taps: [{ of: 'modulated', at: 1 }] }, /a place in a stream/],
    [{ taps: [{ of: 'value', at: 0 }] }, /a place in a stream/],
    [{ taps: [7] }, /expected an object/],
    [{ taps: ['conditioning text'], conditioning: ['time'] }, /"text" too/],
    [{ costs: { whole: [1, 2] } }, /costs\.whole: expected 1 numbers/],
    [{ costs: { whole: -1 } }, /costs\.whole: expected a number of 0 or more/],
    [{ costs: {} }, /costs\.whole/],
    [{ stream: {} }, /nothing beside "stream"/],
  ];
  test.each(cases)('%j', (change, message) => {
    const error = simErrorOf(() => readRecording(importOf({ ...leastDescription, ...change }, leastTensors)));
    expect(error.message).toMatch(message);
    expect(error.code).toBe('RECORDING_BROKEN');
  });

  test('sites that do not tile the stream keep the error of the core', () => {
    const block = { level: 'block', name: 'a', family: 'block', from: 1, until: 2, modulated: false };
    const description = { ...leastDescription, blocks: undefined, stream: { blocks: [block] } };
    const error = simErrorOf(() => readRecording(importOf(description, leastTensors)));
    expect(error.message).toMatch(/site "a" starts at 1, expected 0/);
    expect((error.cause as Error).name).toBe('RunnerError');
  });

  test('a length of the stream that is not where it ends', () => {
    const block = { level: 'block', name: 'a', family: 'block', from: 0, until: 1, modulated: false };
    const description = { ...leastDescription, blocks: undefined, stream: { length: 2, blocks: [block] } };
    const error = simErrorOf(() => readRecording(importOf(description, leastTensors)));
    expect(error.message).toMatch(/stream\.length: expected 1, where the last block ends, got 2/);
  });
});

describe('numbers that cannot be', () => {
  type Values = 'change' | 'magnitude' | 'ratios' | 'products';
  const cases: readonly (readonly [Values, number, number, RegExp])[] = [
    ['change', 7, Number.NaN, /lane conditional: .* got NaN as change of output 1 from step 1 to step 2/],
    ['change', 12, Infinity, /got Infinity as change of residual from step 0 to step 1/],
    ['change', 3, -0.5, /got -0\.5 as change of output 1 from step 0 to step 1/],
    ['magnitude', 5, Number.NaN, /got NaN as magnitude of residual at step 2/],
    ['magnitude', 0, -1, /got -1 as magnitude of output 1 at step 0/],
    ['ratios', 2, Number.NaN, /got NaN as ratio from step 1 to step 2/],
    ['products', 3, Infinity, /got Infinity as product of step 1 with step 0/],
    ['products', 4, -1, /got -1 as product of step 1 with step 1/],
  ];
  const broken = (values: Values, at: number, value: number): Recording => {
    const recording = sampleRecording();
    recording.lanes[0]![values]![at] = value;
    return recording;
  };

  test.each(cases)('%s at %i: %d, when it is written', (values, at, value, message) => {
    const error = simErrorOf(() => writeRecording(broken(values, at, value)));
    expect([error.code, error.message]).toEqual(['RECORDING_NOT_FINITE', expect.stringMatching(message)]);
    expect(simErrorOf(() => recordingToParquet(broken(values, at, value))).message).toBe(error.message);
  });

  test.each(cases)('%s at %i: %d, when it is read', (values, at, value, message) => {
    const bytes = writeRecording(sampleRecording());
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      { readonly data_offsets: readonly number[] }
    >;
    const begin = 8 + length + header[`conditional/${values}`]!.data_offsets[0]!;
    const view = new DataView(bytes.buffer);
    if (values === 'products') view.setFloat64(begin + 8 * at, value, true);
    else view.setFloat32(begin + 4 * at, value, true);
    const error = simErrorOf(() => readRecording(bytes));
    expect([error.code, error.message]).toEqual(['RECORDING_NOT_FINITE', expect.stringMatching(message)]);
  });

  test('too large for float32', () => {
    const tensors = {
      ...leastTensors,
      'conditional/magnitude': {
        dtype: 'F64',
        shape: [1, 2],
        bytes: new Uint8Array(Float64Array.of(1, 1e39).buffer),
      },
    };
    expect(simErrorOf(() => readRecording(importOf(leastDescription, tensors))).message).toMatch(
      /got 1e\+39/,
    );
  });
});

describe('recordings that could not be read back are not written', () => {
  const cases: readonly (readonly [string, Partial<Recording>, RegExp])[] = [
    ['no lane', { lanes: [] }, /expected 1 lanes, one for each branch and call, got 0/],
    ['another lane', { branches: ['unconditional'] }, /expected a lane unconditional/],
    ['too few numbers', { taps: sample.taps.slice(1) }, /expected 9 numbers as change, got 18/],
    ['bytes of an element unknown', { bytesPerElement: Number.NaN }, /bytesPerElement: .*got NaN/],
    ['no timestep', { timesteps: [] }, /timesteps/],
  ];
  test.each(cases)('%s', (_, change, message) => {
    const error = simErrorOf(() => writeRecording({ ...sample, ...change }));
    expect([error.code, error.message]).toEqual(['RECORDING_BROKEN', expect.stringMatching(message)]);
  });
});
