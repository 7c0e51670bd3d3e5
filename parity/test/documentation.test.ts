import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kinds } from '../src/cases/index.ts';
import { readCases } from '../src/files.ts';
import { kindsOf } from '../src/kind.ts';

const data = fileURLToPath(new URL('../data', import.meta.url));
const page = readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8');

test('the page lists each kind with its source and the number of its cases', () => {
  const counts = new Map<string, number>();
  for (const file of readdirSync(data).filter((name) => name.endsWith('.json')))
    for (const entry of readCases(join(data, file))) {
      if ('problem' in entry) throw new Error(`${entry.name}: ${entry.problem}`);
      const possible = kindsOf(entry, kinds);
      expect(
        possible.map(({ name }) => name),
        entry.name,
      ).toHaveLength(1);
      for (const { name } of possible) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const rows = page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, kind]) => kinds.some(({ name }) => name === kind))
    .map(([, kind, source, cases]) => [kind, source?.replace(' · ', ' '), Number(cases)]);
  expect(rows).toEqual(
    expect.arrayContaining(kinds.map(({ name, source }) => [name, source, counts.get(name)])),
  );
  expect(rows).toHaveLength(kinds.length);
});
