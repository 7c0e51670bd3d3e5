import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** Every module that a source file names outside `import type`, statically or in `import('…')`. */
function runtimeImports(text: string): readonly string[] {
  const code = text.replaceAll(/^import type .*$/gm, '');
  const named = code.matchAll(/^(?:import|export|\}).* from '([^']+)';$/gm);
  const lazy = code.matchAll(/^(?!\s*\*).*\bimport\('([^']+)'\)/gm);
  return [...named, ...lazy].map((match) => match[1] ?? '');
}

const sources = new URL('../src/', import.meta.url);

test('sources import at run time only their neighbours, the core and pure-rand, so that browsers can take them', async () => {
  for (const name of await readdir(sources)) {
    const text = await readFile(new URL(name, sources), 'utf8');
    for (const specifier of runtimeImports(text))
      expect(specifier, name).toMatch(/^(?:\.\/|pure-rand\/|@refrain\/core$)/);
  }
});
