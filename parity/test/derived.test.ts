import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readCases } from '../src/files.ts';
import { linesOf } from '../src/print.ts';
import { runEntry } from '../src/program.ts';

/*
 * Cases with options and combinations of options that no recorded case has. What is expected was worked out by a second
 * implementation of the sources' rules, which shares no code with ours and agrees with all recorded decisions.
 */
const cases = readCases(fileURLToPath(new URL('derived.json', import.meta.url)));

test.each(cases.map((entry) => [entry.name, entry] as const))('%s', async (name, entry) => {
  expect(linesOf(await runEntry(entry))).toEqual([`ok ${name}`]);
});
