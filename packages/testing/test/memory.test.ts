import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const execute = promisify(execFile);

test('1 000 generations with random aborts hold no bytes, and the heap stays flat', async () => {
  const program = fileURLToPath(new URL('generations.ts', import.meta.url));
  const options = ['--expose-gc', '--conditions=@refrain/source', '--import', 'tsx', program];
  const { stdout } = await execute(process.execPath, options, { env: { ...process.env, NODE_OPTIONS: '' } });
  const { generations, aborted, held, heaps } = JSON.parse(stdout) as {
    generations: number;
    aborted: number;
    held: number;
    heaps: readonly [number, number, number, number];
  };
  expect(generations).toBe(1000);
  expect(aborted).toBeGreaterThan(300);
  expect(held).toBe(0);
  // A feature is 64 kB and a generation keeps several: if one of a hundred stayed, it would be megabytes.
  const [early, , , late] = heaps;
  expect(late - early).toBeLessThan(1_000_000);
}, 300_000);
