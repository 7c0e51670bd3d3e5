import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '@refrain/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

interface Generated {
  readonly steps: number;
  readonly guidance: number;
  readonly videos: readonly {
    readonly prompt: string;
    readonly policy: string;
    readonly file: string;
    readonly report: RunReport;
  }[];
}

describe('refrain generate on the real model', () => {
  it('writes a video for every prompt of a file and every policy, and tells about them as JSON', async () => {
    const folder = temporaryFolder();
    const prompts = join(folder, 'prompts.txt');
    writeFileSync(
      prompts,
      '# two prompts\n\nlarge red circle static black\nsmall cyan star spin slow checker\n',
    );
    const json = join(folder, 'deeper', 'results.json');
    const options = [
      '--prompts',
      prompts,
      '--policy',
      'never',
      '--policy',
      'fora(interval=2)',
      '--steps',
      '3',
    ];
    const more = [
      '--format',
      'webp',
      '--guidance',
      '1',
      '--out',
      join(folder, 'out'),
      '--json',
      json,
      '--quiet',
    ];
    const { exitCode, out, err } = await run(['generate', ...options, ...more]);
    expect(exitCode, err).toBe(0);
    expect(err).toBe('');
    const results = JSON.parse(readFileSync(json, 'utf8')) as Generated;
    expect(results).toMatchObject({ steps: 3, guidance: 1 });
    expect(results.videos.map(({ policy }) => policy)).toEqual([
      'never',
      'fora(interval=2)',
      'never',
      'fora(interval=2)',
    ]);
    expect(new Set(results.videos.map(({ file }) => file)).size).toBe(4);
    for (const { file, report } of results.videos) {
      expect(out).toContain(file);
      expect(report.branches).toEqual(['conditional']);
      expect((await sharp(file, { animated: true }).metadata()).format).toBe('webp');
    }
  });

  it('writes one video to the file that is named', async () => {
    const file = join(temporaryFolder(), 'circle.png');
    const prompt = 'large red circle static black';
    const { exitCode, err } = await run([
      'generate',
      prompt,
      '--steps',
      '2',
      '--format',
      'png',
      '--out',
      file,
    ]);
    expect(exitCode, err).toBe(0);
    expect((await sharp(file).metadata()).format).toBe('png');
    expect(err).toMatch(/step 1\/2/);
  });

  it('does not squeeze several videos into one file', async () => {
    const two = ['--policy', 'never', '--policy', 'always', '--steps', '2', '--out', 'one.gif'];
    const { exitCode, err } = await run(['generate', 'large red circle static black', ...two]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/2 videos do not fit into one file/);
  });
});

describe('an output that does not fit its format', () => {
  it('is refused', async () => {
    const { exitCode, err } = await run([
      'generate',
      'large red circle static black',
      '--out',
      'circle.webp',
    ]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/names a \.webp file, but the format is gif: add --format webp/);
  });
});
