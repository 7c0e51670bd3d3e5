import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, temporaryFolder } from '../command.ts';

const page = await readFile(fileURLToPath(new URL('../../../../docs/fuzzing.md', import.meta.url)), 'utf8');
const workflow = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const commands = [...workflow.matchAll(/npx refrain (.*)/g)].map(([, words = '']) => words.split(' '));

test('the commands of the workflow run, on a policy that keeps the laws', async () => {
  expect(commands).toHaveLength(2);
  const folder = temporaryFolder();
  const policy = join(folder, 'my-policy.mjs');
  const core = import.meta.resolve('@refrain/core');
  await writeFile(policy, `import { fora } from '${core}'; export const mine = fora({ cache: 'stack' });`);
  for (const words of commands) {
    const local = words.map((word) =>
      word === './my-policy.ts'
        ? policy
        : word === 'fuzz.html'
          ? join(folder, word)
          : word === '10m'
            ? '1s'
            : word,
    );
    const shorter = local.map((word) => (word === '20000' ? '500' : word));
    expect(await run(shorter)).toMatchObject({ exitCode: 0 });
  }
});

test('the output on the page is what the command prints', async () => {
  const example = fileURLToPath(new URL('../../../../examples/fuzz/patient.ts', import.meta.url));
  const { out } = await run(['fuzz', example, '--seed', '1']);
  const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? 'nothing';
  expect(out).toContain(shown.trimEnd());
});
