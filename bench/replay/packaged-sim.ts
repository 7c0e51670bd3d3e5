import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as core from '@refrain/core';
import type * as sim from '@refrain/sim';
import { build } from 'tsdown';
import { build as packaged } from '../../tsdown.shared.ts';
import { root } from '../../scripts/pack.ts';

/** What `@refrain/core` and `@refrain/sim` export that a replay needs. */
export type Replaying = Pick<typeof core, 'parsePolicy'> & Pick<typeof sim, 'replayer'>;

const entry = `
export { parsePolicy } from '@refrain/core';
export { replayer } from '@refrain/sim';
`;

/**
 * The code of core and sim of this checkout, built as they are published, in one file: see `decisions/packaged-core.ts`
 * for why benchmarks do not run on sources.
 */
export async function packagedSim(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-sim-'));
  try {
    await build({
      ...packaged,
      config: false,
      cwd: join(root, 'packages', 'sim'),
      entry: { replaying: 'virtual:replaying' },
      outDir: folder,
      format: 'cjs',
      dts: false,
      sourcemap: false,
      logLevel: 'silent',
      noExternal: [/./],
      inputOptions: { resolve: { conditionNames: ['@refrain/source', 'import', 'default'] } },
      plugins: [
        {
          name: 'replaying',
          resolveId: (id) =>
            id === 'virtual:replaying' ? join(root, 'packages', 'sim', 'src', 'replaying.ts') : undefined,
          load: (id) => (id.endsWith('/replaying.ts') ? entry : undefined),
        },
      ],
    });
    return await readFile(join(folder, 'replaying.cjs'), 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Evaluates a copy of its own, so that what is compiled for one family is not thrown away because another one runs.
 *
 * @param code - from {@link packagedSim}
 * @param name - another one for each copy, else the engine would share what it compiles
 */
export function ownReplaying(code: string, name: string): Replaying {
  const evaluate = compileFunction(`// ${name}\n${code}\nreturn exports;`, ['exports'], {
    filename: `refrain-sim-${name}.cjs`,
  });
  return evaluate({}) as Replaying;
}
