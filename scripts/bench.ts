// Runs benchmarks: `npm run bench` lists them, `npm run bench -- <name> [options]` runs bench/<name>.bench.ts on the
// sources, `npm run bench -- all` one after the other (together they would measure each other).
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './pack.ts';

const ending = '.bench.ts';
const files = (await readdir(join(root, 'bench'))).filter((file) => file.endsWith(ending));
const names = files.map((file) => file.slice(0, -ending.length)).toSorted();
const [chosen, ...options] = process.argv.slice(2);

if (chosen !== 'all' && !names.includes(chosen ?? '')) {
  console.error(`Usage: npm run bench -- <${[...names, 'all'].join(' | ')}> [options]`);
  process.exitCode = chosen === undefined ? 0 : 1;
} else {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  for (const name of chosen === 'all' ? names : [chosen]) {
    const file = join(root, 'bench', `${name}${ending}`);
    const args = [tsx, '--conditions=@refrain/source', file, ...options];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
