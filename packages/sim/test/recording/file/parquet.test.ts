import { laneName } from '@refrain/core';
import type { Recording } from '@refrain/sim';
import { recordingFromParquet, recordingToParquet } from '@refrain/sim/node';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { simErrorOfPromise } from './errors.ts';
import { sampleRecording } from './recordings.ts';

type Row = Record<string, unknown>;

const sample = sampleRecording();
const numbers = ['change', 'magnitude', 'relative', 'ratio', 'product'];

function bufferOf(recording: Recording): ArrayBuffer {
  return recordingToParquet(recording).slice().buffer;
}

async function rowsOf(recording: Recording): Promise<Row[]> {
  return (await parquetReadObjects({ file: bufferOf(recording) })) as Row[];
}

/** A table as another program writes it: integers of 64 bits, float64, no seal. */
function tableOf(rows: readonly Row[], columns: readonly string[] = Object.keys(rows[0] ?? {})): Uint8Array {
  const kvMetadata = parquetMetadata(bufferOf(sample)).key_value_metadata ?? [];
  const columnData = columns.map((name) => {
    if (name === 'step' || name === 'reference')
      return { name, type: 'INT64' as const, data: rows.map((row) => BigInt(row[name] as number)) };
    const type = numbers.includes(name) ? ('DOUBLE' as const) : ('STRING' as const);
    return { name, type, data: rows.map((row) => row[name] ?? null) };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }));
}

describe('the table', () => {
  test('has a row for each lane, tap, step and reference', async () => {
    const rows = await rowsOf(sample);
    expect(rows).toHaveLength(2 * 6);
    expect(rows[4]).toEqual({
      lane: 'conditional',
      tap: 'output 1',
      step: 2,
      reference: 1,
      change: 0.25,
      magnitude: 3,
      relative: 0.125,
      ratio: null,
      product: null,
    });
    expect(rows[10]).toEqual({
      lane: 'conditional',
      tap: 'residual',
      step: 2,
      reference: 1,
      change: Math.fround(0.3),
      magnitude: 6,
      relative: Math.fround(Math.fround(0.3) / 5),
      ratio: Math.fround(0.9),
      product: 30,
    });
  });

  test('has rows for ratios and products whose residual was not recorded', async () => {
    const [lane] = sample.lanes;
    const taps = sample.taps.slice(0, 1);
    const change = lane!.change.slice(0, 9);
    const magnitude = lane!.magnitude.slice(0, 3);
    const recording = { ...sample, taps, lanes: [{ ...lane!, change, magnitude }] };
    const rows = await rowsOf(recording);
    expect(rows.filter(({ tap }) => tap === 'residual')).toHaveLength(6);
    expect(await recordingFromParquet(recordingToParquet(recording))).toEqual(recording);
  });

  test('comes back from another program, in another order', async () => {
    const rows = await rowsOf(sample);
    expect(await recordingFromParquet(tableOf(rows.toReversed()))).toEqual(sample);
  });

  test('holds all lanes', async () => {
    const lanes = ['a', 'b'].flatMap((branch) =>
      [0, 1].map((call) => ({ ...sample.lanes[0]!, branch, call })),
    );
    const rows = await rowsOf({ ...sample, branches: ['a', 'b'], callsPerStep: 2, lanes });
    expect([...new Set(rows.map(({ lane }) => lane))]).toEqual(
      lanes.map(({ branch, call }) => laneName(branch, call)),
    );
  });
});

describe('tables that do not fit', () => {
  const cases: readonly (readonly [string, (rows: Row[]) => Uint8Array, RegExp])[] = [
    ['no rows of a tap', (rows) => tableOf(rows.slice(6)), /expected 12 rows .*, got 6/],
    ['one row less', (rows) => tableOf(rows.slice(1)), /expected 12 rows/],
    [
      'rows of a lane that is not there',
      (rows) => tableOf(rows.map((row) => ({ ...row, lane: 'other' }))),
      /row 0: lane "other"/,
    ],
    [
      'rows of a tap that is not there',
      (rows) => tableOf(rows.map((row) => ({ ...row, tap: 'output 7' }))),
      /tap "output 7" is not in the description/,
    ],
    [
      'a step too far',
      (rows) => tableOf(rows.map((row) => ({ ...row, step: Number(row['step']) + 1 }))),
      /expected a step from 0 to 2, got 3/,
    ],
    [
      'a reference behind its step',
      (rows) => tableOf(rows.map((row) => ({ ...row, reference: 2 }))),
      /row 0: expected a step from 0 to 0, got 2/,
    ],
    [
      'too many rows of one tap',
      (rows) => tableOf([...rows, ...rows.slice(0, 3)]),
      /tap output 1: expected 6 pairs/,
    ],
    ['a column less', (rows) => tableOf(rows, ['lane', 'tap', 'step', 'reference', 'change']), /magnitude/],
  ];
  test.each(cases)('%s', async (_, make, message) => {
    const error = await simErrorOfPromise(recordingFromParquet(make(await rowsOf(sample))));
    expect([error.code, error.message]).toEqual(['RECORDING_BROKEN', expect.stringMatching(message)]);
  });

  test('a row twice and another not at all leaves a number open', async () => {
    const rows = await rowsOf(sample);
    const error = await simErrorOfPromise(
      recordingFromParquet(tableOf([...rows.slice(0, 4), rows[3]!, ...rows.slice(5)])),
    );
    expect([error.code, error.message]).toEqual([
      'RECORDING_NOT_FINITE',
      expect.stringContaining('got NaN as change of output 1 from step 1 to step 2'),
    ]);
  });

  test('a table of something else is foreign', async () => {
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'a', data: [1, 2] }] }));
    expect((await simErrorOfPromise(recordingFromParquet(bytes))).code).toBe('RECORDING_FOREIGN');
  });
});
