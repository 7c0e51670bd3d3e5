import { parsePolicy } from '@refrain/core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const prompt = 'large red circle static black';

describe('calibrate', () => {
  test.each([
    ['magcache', /^magcache\(threshold=0\.5,ratios=1:[\d.:]+\/1:[\d.:]+/],
    ['smoothcache', /^smoothcache\(.*spatial=1[01]{7}/],
  ])('%s: prints a policy with constants of this model', async (name, expected) => {
    const json = join(temporaryFolder(), 'calibration.json');
    const { exitCode, out, err } = await run([
      'calibrate',
      name,
      '--steps',
      '8',
      '--threshold',
      '0.5',
      '--prompt',
      prompt,
      '--quiet',
      '--json',
      json,
    ]);
    expect({ exitCode, err }).toStrictEqual({ exitCode: 0, err: '' });
    const id = out.trim();
    expect(id).toMatch(expected);
    expect(parsePolicy(id).id).toBe(id);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ policy: id, steps: 8, prompts: [prompt] });
  });

  test('names the policies that can be calibrated', async () => {
    const { exitCode, err } = await run(['calibrate', 'bwcache']);
    expect(exitCode).toBe(2);
    expect(err).toContain('expected one of magcache, smoothcache');
  });
});
