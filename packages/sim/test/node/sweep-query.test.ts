import { writeFile } from 'node:fs/promises';
import type { SweepRow } from '@refrain/sim';
import { querySweep, sweep, type SweepPaths, type SweepQuery } from '@refrain/sim/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { policies, resultsFile, twoRecordings } from './sweep-folder.ts';

let files: SweepPaths;
let all: readonly SweepRow[];

beforeAll(async () => {
  const recordings = await twoRecordings();
  const result = await sweep({ policies, recordings, file: await resultsFile(), workers: 0 });
  files = result.files;
  all = result.rows;
});

describe.each(['parquet', 'lines'] as const)('a query of %s', (kind) => {
  const ask = (query?: SweepQuery): Promise<readonly SweepRow[]> => querySweep(files[kind], query);

  test('gives all rows as they are', async () => {
    const rows = await ask();
    expect(rows).toHaveLength(all.length);
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set(all.map((row) => JSON.stringify(row))),
    );
  });

  test('chooses by all conditions', async () => {
    const chosen = await ask({
      where: { drift: { $lt: 0.1 }, reuseRate: { $gt: 0 }, recording: 1, error: null },
    });
    expect(chosen.map(({ policy }) => policy).toSorted()).toEqual(
      all
        .filter(
          ({ drift, reuseRate, recording }) => recording === 1 && drift !== null && drift < 0.1 && reuseRate,
        )
        .map(({ policy }) => policy)
        .toSorted(),
    );
    expect(await ask({ where: { error: { $ne: null } } })).toHaveLength(2);
    expect(await ask({ where: { label: 'a still lake' } })).toHaveLength(policies.length);
  });

  test('puts in order, with what is missing at the end, and cuts', async () => {
    const rates = (await ask({ orderBy: '-reuseRate' })).map(({ reuseRate }) => reuseRate);
    expect(rates.slice(-2)).toEqual([null, null]);
    const known = rates.slice(0, -2).map(Number);
    expect(known).toEqual(known.toSorted((a, b) => b - a));
    expect((await ask({ orderBy: 'policy', limit: 3 })).map(({ policy }) => policy)).toEqual(
      all
        .map(({ policy }) => policy)
        .toSorted()
        .slice(0, 3),
    );
  });
});

describe('what is no file of results', () => {
  test('a field that rows do not have', async () => {
    const query = { orderBy: 'speed' } as unknown as SweepQuery;
    await expect(querySweep(files.parquet, query)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('no file', async () => {
    await expect(querySweep('/there/is/none.parquet')).rejects.toMatchObject({ code: 'READ_FAILED' });
    await expect(querySweep('/there/is/none.jsonl')).rejects.toMatchObject({ code: 'READ_FAILED' });
  });

  test.each(['parquet', 'jsonl'])('something else as %s', async (ending) => {
    const file = (await resultsFile()).replace('jsonl', ending);
    await writeFile(file, 'PAR1 not really PAR1\n');
    await expect(querySweep(file)).rejects.toMatchObject({ code: 'SWEEP_MISMATCH' });
  });
});
