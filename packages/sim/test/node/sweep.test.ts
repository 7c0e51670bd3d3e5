import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parsePolicy } from '@refrain/core';
import { outcomesOf, paretoFront, replayer } from '@refrain/sim';
import { saveRecording, sweep, type SweepOptions, type SweepProgress } from '@refrain/sim/node';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '@refrain/sim';
import { fuzz } from '../seed.ts';
import { policies, resultsFile, twoRecordings } from './sweep-folder.ts';

let recordings: readonly [Recording, Recording];

beforeAll(async () => {
  recordings = await twoRecordings();
});

function options(file: string, others: Partial<SweepOptions> = {}): SweepOptions {
  return { policies, recordings, file, workers: 0, ...others };
}

describe('a sweep', () => {
  test('has a row for each policy and recording, as replay gives it', async () => {
    const { rows, outcomes, failures, front, resumed } = await sweep(options(await resultsFile()));
    expect(rows).toHaveLength(2 * policies.length);
    for (const [index, recording] of recordings.entries()) {
      const summarize = replayer(recording);
      for (const row of rows.filter((one) => one.recording === index && one.error === null)) {
        const { policy, ...summary } = summarize(parsePolicy(row.policy));
        expect(row).toMatchObject({ ...summary, policy, label: recording.label });
      }
    }
    expect({ outcomes, failures }).toEqual(outcomesOf(rows));
    expect(front).toEqual(paretoFront(outcomes));
    expect(resumed).toBe(0);
  });

  test('gives a row to a policy that does not go with the recordings', async () => {
    const { rows, failures } = await sweep(options(await resultsFile()));
    const refused = rows.find(({ policy }) => policy.startsWith('cfgcache'));
    expect(refused).toMatchObject({ error: 'POLICY_FIT', drift: null, reuseRate: null });
    expect(refused?.message).toContain('branch');
    expect(failures).toMatchObject([{ policy: refused?.policy, recordings: 2 }]);
  });

  test('leaves JSON beside the lines', async () => {
    const { files, rows, outcomes, front } = await sweep(options(await resultsFile()));
    expect(JSON.parse(await readFile(files.json, 'utf8'))).toMatchObject({
      sweep: { refrain: 'sweep', version: 1, policies: policies.length },
      front: front.map(({ policy }) => policy),
      outcomes,
      rows,
    });
    expect(existsSync(files.parquet)).toBe(true);
  });

  test('gives the same in worker threads, from files', async () => {
    const file = await resultsFile();
    const paths = recordings.map((_, index) => file.replace('results.jsonl', `${index}.safetensors`));
    for (const [index, path] of paths.entries()) await saveRecording(path, recordings[index] as Recording);
    const alone = await sweep(options(await resultsFile()));
    const many = await sweep(options(file, { recordings: paths, workers: 2 }));
    expect(many.rows).toEqual(alone.rows);
  });

  test('tells how far it is', async () => {
    const seen: SweepProgress[] = [];
    const total = 2 * policies.length;
    await sweep(options(await resultsFile(), { onProgress: (progress) => void seen.push(progress) }));
    expect(seen.at(-1)).toEqual({ done: total, total, secondsLeft: 0 });
    const counts = seen.map(({ done }) => done);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  test('sweeps each policy once, by its canonical id', async () => {
    const { rows } = await sweep(
      options(await resultsFile(), {
        policies: ['fora(cache=stack,interval=2)', 'fora(interval=2,cache=stack)'],
      }),
    );
    expect(rows).toHaveLength(2);
  });

  test('stops at a signal, keeps what is done, and goes on', async () => {
    const file = await resultsFile();
    const stop = new AbortController();
    const onProgress = ({ done }: SweepProgress): void => {
      if (done >= 4) stop.abort(new Error('enough'));
    };
    await expect(sweep(options(file, { signal: stop.signal, onProgress }))).rejects.toMatchObject({
      code: 'RUN_ABORTED',
      cause: { message: 'enough' },
    });
    const { resumed, rows } = await sweep(options(file, { resume: true }));
    expect(resumed).toBeGreaterThanOrEqual(4);
    expect(resumed).toBeLessThan(rows.length);
    expect(rows).toEqual((await sweep(options(await resultsFile()))).rows);
  });
});

describe('resume', () => {
  test('after a cut at any byte, the results are the same', async () => {
    const file = await resultsFile();
    const { rows } = await sweep(options(file));
    const bytes = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), async (cut) => {
        await writeFile(file, bytes.subarray(0, cut));
        const again = await sweep(options(file, { resume: true }));
        expect(again.rows).toEqual(rows);
        expect(again.resumed).toBeLessThanOrEqual(rows.length);
        const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
        expect(lines.map((line) => typeof JSON.parse(line))).toEqual(
          Array.from({ length: rows.length + 1 }, () => 'object'),
        );
      }),
      { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 3) },
    );
  });

  test('begins where there is no file yet, and does nothing where all is done', async () => {
    const file = await resultsFile();
    expect((await sweep(options(file, { resume: true }))).resumed).toBe(0);
    expect((await sweep(options(file, { resume: true }))).resumed).toBe(2 * policies.length);
  });

  test.each<[string, (file: string) => SweepOptions]>([
    ['other policies', (file) => options(file, { policies: ['never'], resume: true })],
    ['other recordings', (file) => options(file, { recordings: [recordings[0]], resume: true })],
    [
      'a recording that differs in one number',
      (file) => options(file, { recordings: [changed(recordings[0]), recordings[1]], resume: true }),
    ],
    ['other costs', (file) => options(file, { costs: costsOf(recordings[0]), resume: true })],
    ['any results, when not asked to go on', (file) => options(file)],
  ])('refuses a file with %s', async (_, other) => {
    const file = await resultsFile();
    await sweep(options(file));
    const before = await readFile(file);
    await expect(sweep(other(file))).rejects.toMatchObject({ name: 'SimError', code: 'SWEEP_MISMATCH' });
    expect(await readFile(file)).toEqual(before);
  });

  test.each([
    ['something else', 'dear diary\n'],
    ['something else without a line break', '{"refrain":"other'],
    ['another version', '{"refrain":"sweep","version":2}\n'],
  ])('refuses a file with %s', async (_, text) => {
    const file = await resultsFile();
    await writeFile(file, text);
    await expect(sweep(options(file, { resume: true }))).rejects.toMatchObject({ code: 'SWEEP_MISMATCH' });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('overwrite replaces results', async () => {
    const file = await resultsFile();
    await sweep(options(file));
    const { rows } = await sweep(options(file, { policies: ['never'], overwrite: true }));
    expect(rows).toHaveLength(2);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(3);
  });
});

describe('options that make no sweep', () => {
  test.each<[Partial<SweepOptions>, string]>([
    [{ policies: [] }, 'OPTION_INVALID'],
    [{ recordings: [] }, 'OPTION_INVALID'],
    [{ workers: -1 }, 'OPTION_INVALID'],
    [{ workers: 1.5 }, 'OPTION_INVALID'],
    [{ resume: true, overwrite: true }, 'OPTION_INVALID'],
    [{ policies: ['teacash'] }, 'POLICY_UNKNOWN'],
    [{ recordings: ['/there/is/no/such/file'] }, 'READ_FAILED'],
  ])('%j', async (others, code) => {
    await expect(sweep(options(await resultsFile(), others))).rejects.toMatchObject({ code });
  });

  test('costs of another model', async () => {
    const costs = { ...costsOf(recordings[0]), whole: [1] };
    await expect(sweep(options(await resultsFile(), { costs }))).rejects.toMatchObject({
      code: 'RECORDING_MISMATCH',
    });
  });
});

function changed(recording: Recording): Recording {
  return {
    ...recording,
    lanes: recording.lanes.map((lane) => ({
      ...lane,
      magnitude: lane.magnitude.map((value) => value * 1.001),
    })),
  };
}

function costsOf({ stream }: Recording): NonNullable<Recording['costs']> {
  const each = Array.from({ length: stream.length }, () => 0.01);
  return {
    source: 'made up',
    frame: 0.01,
    whole: each,
    value: each,
    stretch: 0,
    reuse: 0,
    keep: 0,
    indicator: 0,
    sketchedIndicator: 0,
  };
}
