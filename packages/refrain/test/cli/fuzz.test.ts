import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const example = fileURLToPath(new URL('../../../../examples/fuzz/patient.ts', import.meta.url));

describe('refrain fuzz', () => {
  test('finds the fault of the example, shows the smallest trace, and exits with 1', async () => {
    const folder = temporaryFolder();
    const [json, report] = [join(folder, 'fuzz.json'), join(folder, 'fuzz.html')];
    const { exitCode, out, err } = await run([
      'fuzz',
      example,
      '--seed',
      '1',
      '--json',
      json,
      '--report',
      report,
    ]);
    expect(exitCode).toBe(1);
    expect(out).toContain('law 3, fail-safe, is broken by patient');
    expect(out).toContain('trace    0  0  NaN');
    expect(out).toMatch(/→ {3}2 {2}reused 0–1/);
    expect(out).toMatch(/--law fail-safe --seed 1 --path [\d:]+/);
    expect(err).toContain('LAW_BROKEN');
    const result = JSON.parse(await readFile(json, 'utf8')) as {
      policies: [{ failure: { trace: unknown[] } }];
    };
    expect(result.policies[0].failure.trace).toStrictEqual([0, 0, 'NaN']);
    const page = await readFile(report, 'utf8');
    expect(page).toContain('class="offending"');
    expect(page).toContain('Law 3, fail-safe, is broken');
  });

  test('replays the case that a failure names', async () => {
    const found = await run(['fuzz', example, '--seed', '1', '--json', '-', '--quiet']);
    const { failure } = (JSON.parse(found.out) as { policies: [{ failure: { law: string; path: string } }] })
      .policies[0];
    const again = await run(['fuzz', example, '--seed', '1', '--law', failure.law, '--path', failure.path]);
    expect(again.exitCode).toBe(1);
    expect(again.out).toContain('trace    0  0  NaN');
  });

  test('says what was tried when no law is broken', async () => {
    const { exitCode, out } = await run(['fuzz', 'teacache(threshold=0.2)', '--runs', '600', '--seed', '3']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /no law was broken in 600 cases \(\d+ executed on a toy model\), [\d,]+ steps, [\d,]+ decisions \([\d,]+ reused\), [\d,]+ distinct states/,
    );
  });

  test('stops after the time that it is given', async () => {
    const { exitCode, out } = await run([
      'fuzz',
      'fora(interval=2,cache=stack)',
      '--time',
      '0.2s',
      '--seed',
      '3',
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain('no law was broken');
  });

  test.each([
    ['a file that is not there', ['fuzz', './nowhere.ts'], 'POLICIES_UNREADABLE'],
    ['a law that does not exist', ['fuzz', 'never', '--law', 'gravity'], 'no law is called "gravity"'],
    ['a path without its law', ['fuzz', 'never', '--path', '0:1'], '--path needs the --law'],
    ['a duration that is none', ['fuzz', 'never', '--time', 'soon'], 'Expected a duration'],
    ['an unknown policy', ['fuzz', 'nevr'], 'did you mean "never"?'],
  ])('refuses %s', async (_, argv, message) => {
    const { exitCode, err } = await run(argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });

  test('refuses a module without policies, and one that fails', async () => {
    const folder = temporaryFolder();
    const [empty, broken] = [join(folder, 'empty.mjs'), join(folder, 'broken.mjs')];
    await writeFile(empty, 'export const nothing = 1;');
    await writeFile(broken, 'throw new Error("no such luck");');
    expect((await run(['fuzz', empty])).err).toContain('exports no policy');
    expect((await run(['fuzz', broken])).err).toContain('no such luck');
  });
});
