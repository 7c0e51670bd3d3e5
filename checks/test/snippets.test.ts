import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/pack.ts';
import { isPrinted } from '../src/expected-output.ts';
import { pages } from '../src/pages.ts';
import { outputOfParts, programsOf, sourceOf, type Program } from '../src/program.ts';

// Inside the repository, so that snippets find the packages as a user's program would.
const folder = join(root, 'checks', '.snippets');
const execute = promisify(execFile);
const programs = (await pages()).flatMap(({ path, text }) => programsOf(path, text));

/** `docs/guide/tuning.md`, line 12 → `docs~guide~tuning.md.12.ts`. */
const fileOf = ({ page, line }: Program): string => `${page.replaceAll('/', '~')}.${line}.ts`;

let scratch = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'refrain-snippets-'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(programs.map((program) => writeFile(join(folder, fileOf(program)), sourceOf(program))));
  const settings = { extends: '../../tsconfig.tests.json', include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('snippets of the documentation', () => {
  test('type-check', async () => {
    const compiler = join(root, 'node_modules', 'typescript7', 'bin', 'tsc');
    const { stdout } = await execute(process.execPath, [compiler, '--pretty', 'false', '-p', folder], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => error);
    expect(stdout.trim()).toBe('');
  });

  test.concurrent.each(
    programs
      .filter(({ noRun }) => noRun === undefined)
      .map((program) => [`${program.page}:${program.line}`, program] as const),
  )('%s runs and prints what the page says', async (_, program) => {
    const tsx = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@refrain/source'];
    const { stdout } = await execute(process.execPath, [...tsx, join(folder, fileOf(program))], {
      cwd: scratch,
    });
    const printed = outputOfParts(stdout);
    for (const [index, { expected }] of program.parts.entries())
      if (expected !== undefined && !isPrinted(expected.text, printed[index] ?? []))
        expect(printed[index], `${program.page}:${expected.line}`).toEqual(expected.text);
  });
});
