import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { sweep, type SweepOptions } from '@refrain/sim/node';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '@refrain/sim';
import type { Crew } from '../../src/node/sweep/crew.ts';
import { runItems } from '../../src/node/sweep/run-items.ts';
import { logInto, type LogFile, type SweepLog } from '../../src/node/sweep/sweep-log.ts';
import { sweepInto } from '../../src/node/sweep/sweep.ts';
import { policies, resultsFile, twoRecordings } from './sweep-folder.ts';

let recordings: readonly [Recording, Recording];

beforeAll(async () => {
  recordings = await twoRecordings();
});

function options(file: string): SweepOptions {
  return { policies, recordings, file, workers: 0 };
}

describe('a full disk', () => {
  /** A disk with so much room: what does not fit is cut, as disks do. */
  async function openSmall(path: string, room: number): Promise<SweepLog> {
    let left = room;
    const file: Pick<LogFile, 'datasync' | 'close'> = { datasync: async () => {}, close: async () => {} };
    const append: LogFile['appendFile'] = async (data) => {
      const text = String(data);
      await appendFile(path, text.slice(0, left));
      left -= text.length;
      if (left < 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    return logInto(path, async () => ({ ...file, appendFile: append }));
  }

  test.each([0, 100, 700, 1500, 3000])('after %d bytes keeps what is done', async (room) => {
    const file = await resultsFile();
    await expect(sweepInto(options(file), (path) => openSmall(path, room))).rejects.toMatchObject({
      name: 'SimError',
      code: 'WRITE_FAILED',
      cause: { code: 'ENOSPC' },
    });
    expect(await readFile(file, 'utf8')).toHaveLength(room);
    const resumed = await sweep({ ...options(file), resume: true });
    expect(resumed.rows).toEqual((await sweep(options(await resultsFile()))).rows);
  });

  test.skipIf(!existsSync('/dev/full'))('of the system', async () => {
    await expect(sweep(options('/dev/full'))).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      cause: { code: 'ENOSPC' },
    });
  });

  test('a folder that is not there', async () => {
    await expect(sweep(options('/there/is/no/folder/results.jsonl'))).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      cause: { code: 'ENOENT' },
    });
  });
});

describe('a worker that fails', () => {
  const describeItem = (item: number): string => `policy ${item}`;

  function crewOf(work: Crew['work']): Crew {
    return { size: 2, work, close: async () => {} };
  }

  function memory(): SweepLog & { readonly texts: string[] } {
    const texts: string[] = [];
    return { texts, append: async (text) => void texts.push(text), close: async () => {} };
  }

  const items = Array.from({ length: 40 }, (_, item) => item);

  test('by dying: the item is named, what others had in hand is kept, and nothing more is begun', async () => {
    const log = memory();
    const crew = crewOf(async ({ items: batch, at }) => {
      await new Promise((resolve) => setTimeout(resolve, batch.includes(0) ? 0 : 5));
      if (!batch.includes(0)) return { lines: `${batch.join(' ')}\n`, done: batch.length };
      at[0] = 3;
      throw new Error('out of memory');
    });
    const run = { items, crew, log, describe: describeItem, onDone: (): void => {} };
    await expect(runItems(run)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringContaining('policy 3: out of memory') as unknown,
    });
    expect(log.texts).toHaveLength(1);
  });

  test('at one item: those before it are kept', async () => {
    const log = memory();
    const crew = crewOf(async ({ items: batch }) => {
      const done = batch.indexOf(5);
      return done < 0
        ? { lines: `${batch.join(' ')}\n`, done: batch.length }
        : { lines: `${batch.slice(0, done).join(' ')}\n`, done, fault: 'a fault' };
    });
    const run = { items, crew, log, describe: describeItem, onDone: (): void => {} };
    await expect(runItems(run)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringContaining('policy 5: a fault') as unknown,
    });
    expect(log.texts.join('')).toMatch(/(^|\s)4\n/);
  });

  test('what a worker did not get to is done by others', async () => {
    const log = memory();
    const crew = crewOf(async ({ items: batch }) => ({ lines: `${batch[0]} `, done: 1 }));
    await runItems({ items, crew, log, describe: describeItem, onDone: () => {} });
    const done = log.texts.join('').trim().split(' ').map(Number);
    expect(done.toSorted((a, b) => a - b)).toEqual(items);
  });
});
