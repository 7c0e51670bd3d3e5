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
 * The core of this checkout, built as it is published. What starts benchmarks wraps every inner function of the modules
 * that it loads, to keep its name, which would make short functions several times slower than users have them.
 */
export async function packagedCore(): Promise<Core> {
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
    const code = await readFile(join(folder, 'index.cjs'), 'utf8');
    const exported: Partial<Core> = {};
    compileFunction(code, ['exports'], { filename: 'refrain-core.cjs' })(exported);
    return exported as Core;
  } finally {
    await rm(folder, { recursive: true });
  }
}
