import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '@refrain/core';
import type { SweepRow } from '@refrain/sim';
import { loadRecording, saveRecording } from '@refrain/sim/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { run, temporaryFolder, type CommandResult } from '../command.ts';

const prompts = ['large red circle static black', 'small yellow circle up fast black'] as const;
const STEPS = 6;
const recordingArguments = (folder: string, ...more: readonly string[]): readonly string[] => [
  'record',
  '--steps',
  String(STEPS),
  '--out',
  folder,
  ...prompts.flatMap((prompt) => ['--prompt', prompt]),
  ...more,
];

const home = temporaryFolder();
const folder = join(home, 'recordings');
/** Stopped after its first prompt, then resumed: what all other tests replay. */
let stopped: CommandResult;
let resumed: CommandResult;

beforeAll(async () => {
  const stop = new AbortController();
  stopped = await run(recordingArguments(folder), {
    signal: stop.signal,
    // As soon as the first prompt is saved.
    onOut: (text) => text.includes('.safetensors') && stop.abort(),
  });
  resumed = await run(recordingArguments(folder, '--resume', '--json', '-'));
}, 120_000);

/** Results of a command that is to succeed, from its `--json -`. */
async function resultOf<Result>(...argv: readonly string[]): Promise<Result> {
  const { exitCode, out, err } = await run([...argv, '--json', '-', '--quiet']);
  expect(exitCode, err).toBe(0);
  return JSON.parse(out) as Result;
}

async function expectRefusal(argv: readonly string[], exitCode: number, text: RegExp): Promise<void> {
  const result = await run(argv);
  expect(result.err).toMatch(text);
  expect(result.err).not.toMatch(/\n\s+at .*\(|internal error/);
  expect(result.exitCode).toBe(exitCode);
}

function expectPage(file: string, ...texts: readonly string[]): void {
  const page = readFileSync(file, 'utf8').replaceAll(/<script[\s\S]*?<\/script>/g, '');
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
  for (const text of texts) expect(page).toContain(text);
}

describe('record', () => {
  test('stopped by Ctrl-C keeps what is finished', () => {
    expect(stopped.exitCode).toBe(130);
    expect(stopped.out).toMatch(/\.safetensors.*took/);
    expect(stopped.out).toMatch(/go on with --resume/);
  });

  test('resumed, records what is missing only', () => {
    expect(resumed.exitCode, resumed.err).toBe(0);
    expect(resumed.err).toMatch(new RegExp(`${prompts[0]}: recorded earlier`));
    expect(JSON.parse(resumed.out)).toMatchObject({
      complete: true,
      settings: { steps: STEPS },
      recordings: prompts.map((prompt) => ({ prompt })),
    });
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test('gives recordings that say how and of what they were made', async () => {
    for (const recorded of JSON.parse(resumed.out).recordings as { file: string; prompt: string }[]) {
      const recording = await loadRecording(join(folder, recorded.file));
      expect(recording).toMatchObject({ label: recorded.prompt, steps: STEPS, guidance: 3 });
      expect(recording.lanes.map(({ branch }) => branch)).toEqual(['conditional', 'unconditional']);
      expect(recording.costs?.frame).toBeGreaterThan(0);
    }
  });

  test('refuses to resume with other settings', () =>
    expectRefusal(
      ['record', '--steps', '7', '--prompt', prompts[0], '--out', folder, '--resume'],
      1,
      /RESUME_MISMATCH/,
    ));
});

describe('replay', () => {
  test('tells what each policy would do in each recording, with a page', async () => {
    const report = join(home, 'replay.html');
    const policies = ['never', 'fora(interval=2)', 'teacache(threshold=0.2,stride=61)'];
    const asked = policies.flatMap((policy) => ['--policy', policy]);
    const { rows, failures } = await resultOf<{
      rows: { policy: string; reuseRate: number; speedup: number; drift: number }[];
      failures: unknown[];
    }>('replay', folder, ...asked, '--report', report);
    expect(failures).toEqual([]);
    expect(rows).toHaveLength(policies.length * prompts.length);
    expect(rows.filter(({ policy }) => policy === 'never')).toEqual(
      Array(2).fill(expect.objectContaining({ reuseRate: 0, speedup: expect.closeTo(1), drift: 0 })),
    );
    for (const row of rows.filter(({ policy }) => policy.startsWith('fora')))
      expect(row.reuseRate).toBeCloseTo(1 / 3);
    expectPage(report, ...prompts, 'teacache');
  });

  test('at the published costs of another model', async () => {
    const { rows } = await resultOf<{ rows: { plainSeconds: number }[] }>(
      'replay',
      folder,
      '--policy',
      'fora(interval=2)',
      '--costs',
      'hunyuan-video',
    );
    // 50 steps take 1,122 s there; here there are six.
    for (const { plainSeconds } of rows) expect(plainSeconds).toBeCloseTo((1122 * STEPS) / 50, -1);
  });

  test('leaves out, and names, what cannot be replayed', async () => {
    const bare = join(home, 'bare.safetensors');
    const recording = await loadRecording(firstFile());
    const kept = recording.taps.flatMap(({ tap }, index) => (tap.of === 'stream' ? [index] : []));
    await saveRecording(bare, {
      ...recording,
      taps: kept.flatMap((index) => recording.taps[index] ?? []),
      lanes: recording.lanes.map(({ branch, call, change, magnitude }) => ({
        branch,
        call,
        change: picked(change, kept, STEPS * STEPS),
        magnitude: picked(magnitude, kept, STEPS),
      })),
    });
    const result = await run(['replay', bare, '--policy', 'fora(interval=2)', '--policy', 'teacache()']);
    expect(result.exitCode).toBe(0);
    expect(result.out).toMatch(/teacache.*modulated 0.*record this run again with that tap/s);
    await expectRefusal(['replay', bare, '--policy', 'teacache()'], 2, /modulated 0.*does not have it/);
  });

  test('refuses files that are none, are cut off, or hold NaN', async () => {
    const foreign = join(home, 'foreign.safetensors');
    writeFileSync(foreign, 'no recording at all, but a letter to a friend');
    await expectRefusal(['replay', foreign], 1, /foreign\.safetensors.*RECORDING_(FOREIGN|BROKEN)/s);
    const cut = join(home, 'cut.safetensors');
    const bytes = readFileSync(firstFile());
    writeFileSync(cut, bytes);
    truncateSync(cut, bytes.length - 100);
    await expectRefusal(['replay', cut], 1, /cut\.safetensors.*RECORDING_BROKEN/s);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    const poisoned = join(home, 'nan.safetensors');
    writeFileSync(poisoned, bytes);
    await expectRefusal(['replay', poisoned], 1, /nan\.safetensors.*RECORDING_NOT_FINITE/s);
    await expectRefusal(['replay', join(home, 'nowhere')], 2, /RECORDINGS_UNREADABLE/);
    await expectRefusal(['replay', temporaryFolder()], 2, /has no recordings/);
  });
});

describe('simulate', () => {
  const small = ['--blocks', '3', '--steps', '8', '--tokens', '4', '--channels', '6'];

  test('measures drift below its bound, with a page', async () => {
    const report = join(home, 'simulation.html');
    const { rows } = await resultOf<{ rows: { policy: string; drift: number; bound: number | null }[] }>(
      'simulate',
      ...small,
      '--motion',
      'still',
      '--motion',
      'fast',
      '--policy',
      'fora(interval=2)',
      '--policy',
      'never',
      '--report',
      report,
    );
    expect(rows).toHaveLength(4);
    const drifting = rows.filter(({ policy }) => policy !== 'never');
    for (const { drift, bound } of drifting) {
      expect(drift).toBeGreaterThan(0);
      expect(drift).toBeLessThanOrEqual(bound ?? 0);
    }
    expectPage(report, 'fora(interval=2)');
  });

  test('prices a preset at its published latency', async () => {
    const { costs } = await resultOf<{ costs: string }>(
      'simulate',
      ...small,
      '--preset',
      'latte',
      '--policy',
      'never',
    );
    expect(costs).toMatch(/published.*latte/i);
  });

  test('refuses what no model can have', async () => {
    await expectRefusal(['simulate', '--blocks', '0'], 2, /blocks.*got 0/);
    await expectRefusal(['simulate', '--motion', 'wild'], 2, /motion.*wild/s);
    await expectRefusal(['simulate', '--noise', 'NaN'], 2, /noise|number/);
  });
});

describe('sweep and query', () => {
  const out = join(home, 'sweep');
  const lines = join(out, 'results.jsonl');

  test('replays a design, writes all files, and the page', async () => {
    const {
      policies,
      front,
      resumed: earlier,
    } = await resultOf<{
      policies: number;
      front: { policy: string; speed: number; drift: number }[];
      resumed: number;
    }>('sweep', folder, '--count', '60', '--workers', '0', '--out', out);
    expect(earlier).toBe(0);
    expect(policies).toBeGreaterThan(40);
    expect(front.length).toBeGreaterThan(1);
    for (const [index, { speed, drift }] of front.entries()) {
      const next = front[index + 1];
      if (next) expect([next.speed <= speed, next.drift <= drift]).toEqual([true, true]);
    }
    for (const file of ['results.jsonl', 'results.parquet', 'results.json', 'report.html'])
      expect(existsSync(join(out, file))).toBe(true);
    expectPage(join(out, 'report.html'), 'Pareto');
  });

  test('asks for permission before it touches results', () =>
    expectRefusal(['sweep', folder, '--count', '60', '--out', out], 1, /--resume|resume.*overwrite/s));

  test('resumed after a crash in the middle of a line, does the rest only', async () => {
    const whole = readFileSync(lines, 'utf8');
    truncateSync(lines, Math.round(whole.length / 2));
    rmSync(join(out, 'results.parquet'));
    const { resumed: earlier } = await resultOf<{ resumed: number }>(
      'sweep',
      folder,
      '--count',
      '60',
      '--workers',
      '1',
      '--out',
      out,
      '--resume',
    );
    expect(earlier).toBeGreaterThan(10);
    expect(rowsOf(readFileSync(lines, 'utf8'))).toEqual(rowsOf(whole));
    expect(existsSync(join(out, 'results.parquet'))).toBe(true);
  });

  test('stopped by Ctrl-C, says how to go on', async () => {
    const { exitCode, out: told } = await run(['sweep', folder, '--out', join(home, 'stopped')], {
      signal: AbortSignal.abort(),
    });
    expect(exitCode).toBe(130);
    expect(told).toMatch(/go on with --resume/);
  });

  test.each(['results.jsonl', 'results.parquet'])('query asks %s', async (file) => {
    const { rows } = await resultOf<{ rows: SweepRow[] }>(
      'query',
      join(out, file),
      '--where',
      'drift<0.5',
      '--where',
      'speedup>1.05',
      '--order-by',
      '-speedup',
      '--limit',
      '5',
    );
    expect(rows.length).toBeGreaterThan(0);
    const speeds = rows.map(({ speedup }) => speedup ?? 0);
    expect(speeds).toEqual(speeds.toSorted((a, b) => b - a));
    expect(rows.every(({ drift }) => drift !== null && drift < 0.5)).toBe(true);
  });

  test('query refuses what it does not know', async () => {
    await expectRefusal(['query', lines, '--where', 'speed=2'], 2, /speed/);
    await expectRefusal(['query', lines, '--where', 'drift~2'], 2, /drift~2/);
    await expectRefusal(['query', join(home, 'nothing.jsonl')], 2, /nothing\.jsonl/);
  });

  test('refuses a design that makes no policies, naming where', async () => {
    const design = join(home, 'design.json');
    writeFileSync(design, '{ "families": [{ "template": "bwcash(threshold={x})", "parameters": {} }] }');
    await expectRefusal(
      ['sweep', folder, '--design', design, '--out', join(home, 'other')],
      2,
      /bwcash|\{x\}/,
    );
  });
});

describe('tune', () => {
  test('finds a policy for a speed-up, confirms it on the model, and shows both', async () => {
    const report = join(home, 'tuning.html');
    const { policy, best, confirmation } = await resultOf<{
      policy: string;
      best: { speed: number }[];
      confirmation: { complete: boolean; policies: { policy: string; measured: { speedup: number } }[] };
    }>('tune', folder, '--speedup', '1.2', '--explore', '40', '--confirm', '1', '--report', report);
    expect(parsePolicy(policy).id).toBe(policy);
    expect(best[0]?.speed).toBeGreaterThanOrEqual(1.2);
    expect(confirmation).toMatchObject({ complete: true, policies: [{ policy }] });
    expect(confirmation.policies[0]?.measured.speedup).toBeGreaterThan(0.5);
    // Whether it reaches the target on the model is for the machine to say: the page tells either outcome.
    expectPage(report, ' the model', '<small>predicted ');
  });

  test('finds the fastest within a drift and a size, over the worst prompt', async () => {
    const { predicted } = await resultOf<{ predicted: { worstDrift: number; bytesHeld: number } }>(
      'tune',
      folder,
      '--drift',
      '0.2',
      '--bytes',
      '2e6',
      '--judgement',
      'worst',
      '--explore',
      '40',
    );
    expect(predicted.worstDrift).toBeLessThanOrEqual(0.2);
    expect(predicted.bytesHeld).toBeLessThanOrEqual(2e6);
  });

  test('says what is reachable when the target is not', () =>
    expectRefusal(['tune', folder, '--speedup', '50', '--explore', '20'], 1, /TARGET_UNREACHABLE/));

  test('needs a target', () => expectRefusal(['tune', folder], 2, /--speedup, --drift or --bytes/));
});

function firstFile(): string {
  const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.safetensors'));
  return join(folder, name);
}

function picked(values: Float32Array, taps: readonly number[], width: number): Float32Array {
  return Float32Array.from(taps.flatMap((tap) => [...values.subarray(tap * width, (tap + 1) * width)]));
}

/** Lines of results without the order in which workers were done. */
function rowsOf(text: string): readonly string[] {
  return text.trim().split('\n').toSorted();
}
