import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Recording } from '@refrain/sim';
import { recordOpenLoop } from '../replay/open-loop.ts';
import { smallCase } from '../sweep/small-case.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** Path of a file of results in a folder of its own, which is removed after the tests. */
export async function resultsFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-sweep-'));
  folders.push(folder);
  return join(folder, 'results.jsonl');
}

/** Two short runs. */
export async function twoRecordings(): Promise<readonly [Recording, Recording]> {
  const [first, second] = await Promise.all([
    recordOpenLoop(smallCase),
    recordOpenLoop({ ...smallCase, seed: 8, speed: 0.3 }),
  ]);
  return [
    { ...first, label: 'a still lake' },
    { ...second, label: 'a running dog' },
  ];
}

/** Some go with the recordings, `magcache` does not: it needs a number of steps, and `easycache` needs nothing. */
export const policies: readonly string[] = [
  'never',
  'teacache(threshold=0.1)',
  'teacache(threshold=0.2)',
  'bwcache(threshold=0.3,interval=1)',
  'fora(interval=2,cache=stack)',
  'cfgcache(start=30%)',
  'easycache(threshold=0.05)',
];
