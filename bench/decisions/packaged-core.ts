import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as core from '@refrain/core';
import { build } from 'tsdown';
import { build as packaged } from '../../tsdown.shared.ts';
import { root } from '../../scripts/pack.ts';

/** What `@refrain/core` exports. */
export type Core = typeof core;

/**
 * The code of the core of this checkout, built as it is published. What starts benchmarks wraps every inner function of
 * the modules that it loads, to keep its name, which would make short functions several times slower than users have
 * them.
 */
export async function packagedCore(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-core-'));
  try {
    await build({
      ...packaged,
      config: false,
      cwd: join(root, 'packages', 'core'),
      outDir: folder,
      format: 'cjs',
      dts: false,
      sourcemap: false,
      logLevel: 'silent',
    });
    return await readFile(join(folder, 'index.cjs'), 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Evaluates a core of its own, and a copy of a function next to it. What is compiled for one policy is then not thrown
 * away because another policy runs, just as in a program that uses one policy.
 *
 * @param code - of the core
 * @param name - another one for each copy, else the engine would share what it compiles
 * @param hot - a function that refers to its parameters only
 */
export function ownCopy<Hot extends (...args: never[]) => unknown>(
  code: string,
  name: string,
  hot: Hot,
): { readonly core: Core; readonly hot: Hot } {
  const source = `// ${name}\n${code}\nreturn { core: exports, hot: ${hot.toString()} };`;
  const evaluate = compileFunction(source, ['exports'], { filename: `refrain-core-${name}.cjs` });
  return evaluate({}) as { core: Core; hot: Hot };
}
