import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from 'refrain';
import { run, temporaryFolder } from '../command.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schema/comparison.schema.json', import.meta.url), 'utf8'),
) as object;

const POLICIES = [
  'never',
  'bwcache(threshold=0.9,interval=2)',
  'teacache(threshold=0.3)',
  'pab(spatial=2,temporal=2,cross=2,low=500,high=999)',
];
const PROMPTS = ['large red circle static black', 'small cyan star spin slow checker'];

function args(folder: string, ...more: readonly string[]): readonly string[] {
  const policies = POLICIES.flatMap((policy) => ['--policy', policy]);
  const prompts = PROMPTS.flatMap((prompt) => ['--prompt', prompt]);
  return ['compare', '--steps', '6', '--out', folder, ...policies, ...prompts, ...more];
}

describe('refrain compare on the real model', () => {
  const state = { folder: '', out: '', err: '', result: undefined as Comparison | undefined };

  beforeAll(async () => {
    state.folder = temporaryFolder();
    const { exitCode, out, err } = await run(args(state.folder, '--json', '-'));
    expect(exitCode, err).toBe(0);
    state.out = out;
    state.err = err;
    state.result = JSON.parse(out) as Comparison;
  }, 240_000);

  it('writes JSON of the documented schema, and nothing else, to standard output', () => {
    const validate = new Ajv.default({ allErrors: true, allowUnionTypes: true }).compile(schema);
    expect(validate(state.result), JSON.stringify(validate.errors)).toBe(true);
    expect(state.result?.complete).toBe(true);
    expect(state.result?.rows).toHaveLength(POLICIES.length * PROMPTS.length);
  });

  it('finds `never` identical to the plain model', () => {
    for (const row of rowsOf('never')) {
      expect(row.maxAbsDiff).toBe(0);
      expect(row.psnr).toBeNull();
      expect(row.reuseRate).toBe(0);
      expect(row.warnings).toEqual([]);
      expect(row.mask).toEqual({ conditional: '111111', unconditional: '111111' });
    }
  });

  it('finds every caching policy engaged, and its video changed but alike', () => {
    for (const row of state.result?.rows.filter(({ policy }) => policy !== 'never') ?? []) {
      expect(row.reuseRate, row.policy).toBeGreaterThan(0);
      expect(row.maxAbsDiff, row.policy).toBeGreaterThan(0);
      expect(row.ssim, row.policy).toBeGreaterThan(0.2);
      expect(row.bytesHeld, row.policy).toBeGreaterThan(0);
      expect(row.idealSpeedup, row.policy).toBeGreaterThan(1);
    }
    expect(rowsOf('pab')[0]?.mask['conditional']).toContain('p');
  });

  it('prints the table for people and names the report', () => {
    expect(state.err).toMatch(/policy\s+level\s+reuse\s+speed-up\s+ideal\s+PSNR/);
    expect(state.err).toContain(join(state.folder, 'report.html'));
  });

  it('writes a self-contained report', () => {
    const page = readFileSync(join(state.folder, 'report.html'), 'utf8');
    for (const text of [...PROMPTS, 'bwcache(threshold=0.9,interval=2)']) expect(page).toContain(text);
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it('writes animated videos that can be opened', async () => {
    const folder = join(state.folder, 'videos', 'small-cyan-star-spin-slow-checker');
    const files = readdirSync(folder);
    expect(files).toHaveLength(POLICIES.length + 1);
    const { format, pages } = await sharp(join(folder, 'plain.gif'), { animated: true }).metadata();
    expect(format).toBe('gif');
    expect(pages).toBeGreaterThan(1);
  });

  it('goes on where it was interrupted, with the same results', async () => {
    const parts = join(state.folder, 'parts');
    rmSync(join(parts, 'small-cyan-star-spin-slow-checker.json'));
    rmSync(join(state.folder, 'report.html'));
    const { exitCode, out, err } = await run(args(state.folder, '--json', '-', '--resume'));
    expect(exitCode, err).toBe(0);
    expect(err).toContain('large red circle static black: taken from the earlier run');
    const again = JSON.parse(out) as Comparison;
    const figures = (result: Comparison | undefined): unknown =>
      result?.rows.map(({ policy, prompt, mask, psnr, ssim, maxAbsDiff }) => ({
        policy,
        prompt,
        mask,
        psnr,
        ssim,
        maxAbsDiff,
      }));
    expect(figures(again)).toEqual(figures(state.result));
    expect(again.rows[0]?.seconds).toBe(state.result?.rows[0]?.seconds);
    expect(existsSync(join(state.folder, 'report.html'))).toBe(true);
  });

  it('refuses to mix comparisons with other settings', async () => {
    const { exitCode, err } = await run(args(state.folder, '--resume', '--seed', '8'));
    expect(exitCode).toBe(1);
    expect(err).toMatch(/seed 7 \(now 8\)/);
    expect(err).toContain('RESUME_MISMATCH');
  });

  function rowsOf(name: string): Comparison['rows'] {
    return state.result?.rows.filter(({ policy }) => policy.startsWith(name)) ?? [];
  }
});

describe('an interrupted comparison', () => {
  it('keeps the prompts that were finished, says so, exits with 130, and goes on with all that is there', async () => {
    const folder = temporaryFolder();
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (existsSync(join(folder, 'parts', 'large-red-circle-static-black.json'))) stop.abort();
    }, 5);
    const { exitCode, out, err } = await run(args(folder), { signal: stop.signal });
    clearInterval(timer);
    expect(exitCode, err).toBe(130);
    expect(out).toContain('go on with --resume');
    const kept = readComparison(folder);
    expect(kept.complete).toBe(false);
    expect(kept.rows.map(({ prompt }) => prompt)).toEqual(POLICIES.map(() => PROMPTS[0]));
    expect(existsSync(join(folder, 'report.html'))).toBe(true);

    // Another prompt before the finished one, stopped at once: the finished one is in the results all the same.
    const other = ['--prompt', 'small red star spin slow gray', '--prompt', PROMPTS[0] ?? ''];
    const again = await run(
      [...args(folder, '--resume').filter((_, at, all) => !isPrompt(all, at)), ...other],
      { signal: AbortSignal.timeout(4000) },
    );
    expect(again.exitCode, again.err).toBe(130);
    expect(readComparison(folder).rows).toEqual(kept.rows);
  });

  it('writes nothing over earlier results when it is stopped before its first prompt', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'comparison.json'), 'of an earlier run');
    const { exitCode, out } = await run(args(folder), { signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect(out).toContain('nothing was written');
    expect(readFileSync(join(folder, 'comparison.json'), 'utf8')).toBe('of an earlier run');
  });
});

function readComparison(folder: string): Comparison {
  return JSON.parse(readFileSync(join(folder, 'comparison.json'), 'utf8')) as Comparison;
}

function isPrompt(all: readonly string[], at: number): boolean {
  return all[at] === '--prompt' || all[at - 1] === '--prompt';
}
