import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readCases } from '../src/files.ts';
import { linesOf } from '../src/print.ts';
import { runEntry } from '../src/program.ts';

const data = fileURLToPath(new URL('../data', import.meta.url));

describe.each(readdirSync(data).filter((name) => name.endsWith('.json')))('%s', (file) => {
  test.each(readCases(join(data, file)).map((entry) => [entry.name, entry] as const))(
    '%s',
    async (name, entry) => {
      expect(linesOf(await runEntry(entry))).toEqual([`ok ${name}`]);
    },
  );
});
