import type * as files from 'node:fs/promises';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecording } from '@refrain/sim';
import { loadRecording, recordingToParquet, saveRecording } from '@refrain/sim/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { simErrorOfPromise } from './errors.ts';
import { sampleRecording } from './recordings.ts';

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof files>();
  return { ...original, open: vi.fn<typeof files.open>(original.open) };
});

const sample = sampleRecording();
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-recording-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('files', () => {
  test('are safetensors, or Parquet by their name', async () => {
    const plain = join(folder, 'still.safetensors');
    const table = join(folder, 'still.PARQUET');
    await saveRecording(plain, sample);
    await saveRecording(table, sample);
    expect(new Uint8Array(await readFile(plain))).toEqual(writeRecording(sample));
    expect(new Uint8Array(await readFile(table))).toEqual(recordingToParquet(sample));
    expect(await loadRecording(plain)).toEqual(sample);
    expect(await loadRecording(table)).toEqual(sample);
  });

  test('are read by their content, whatever their name is', async () => {
    const path = join(folder, 'recording.parquet');
    await writeFile(path, writeRecording(sample));
    expect(await loadRecording(path)).toEqual(sample);
  });

  test('a file that is not there', async () => {
    const error = await simErrorOfPromise(loadRecording(join(folder, 'nothing')));
    expect(error.code).toBe('READ_FAILED');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  test('a broken file is named, and the error keeps its code', async () => {
    const path = join(folder, 'cut');
    await writeFile(path, writeRecording(sample).slice(0, 100));
    const error = await simErrorOfPromise(loadRecording(path));
    expect(error.code).toBe('RECORDING_BROKEN');
    expect(error.message).toMatch(/^\[sim\] .*cut: recording: .*cut off/);
  });
});

describe('a file that cannot be written', () => {
  test('a folder that is not there', async () => {
    const error = await simErrorOfPromise(saveRecording(join(folder, 'no', 'where'), sample));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  test('a name that a folder has: nothing is left behind', async () => {
    const path = join(folder, 'taken');
    await mkdir(join(path, 'by'), { recursive: true });
    const error = await simErrorOfPromise(saveRecording(path, sample));
    expect(error.code).toBe('WRITE_FAILED');
    expect(await readdir(folder)).toEqual(['taken']);
  });

  test('a full disk: the file is as it was, nothing is left behind', async () => {
    const path = join(folder, 'recording');
    await saveRecording(path, sample);
    const before = await readFile(path);
    const original = vi.mocked(open).getMockImplementation()!;
    vi.mocked(open).mockImplementationOnce(async (...parameters) => {
      const file = await original(...parameters);
      file.writeFile = async () => {
        await file.write('half of it');
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      };
      return file;
    });
    const error = await simErrorOfPromise(saveRecording(path, { ...sample, label: 'new' }));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.message).toMatch(/no space left.*Nothing was changed; free some space/);
    expect(error.cause).toMatchObject({ code: 'ENOSPC' });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['recording']);
  });

  test('a recording with NaN leaves the file alone', async () => {
    const path = join(folder, 'recording');
    const broken = sampleRecording();
    broken.lanes[0]!.magnitude[0] = Number.NaN;
    expect((await simErrorOfPromise(saveRecording(path, broken))).code).toBe('RECORDING_NOT_FINITE');
    expect(await readdir(folder)).toEqual([]);
  });
});
