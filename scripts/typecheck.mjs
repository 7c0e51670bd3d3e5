// Type-checks the package in the current folder with TypeScript 7. `tsconfig.json` covers sources and tests;
// `tsconfig.src.json`, where there is one, the sources alone, with the environment that the package promises and
// declarations that can be emitted file by file. At the root, `tsconfig.json` covers everything at once, and TypeScript 6
// checks it too: TypeDoc is built on it, and users have it. Both compilers call their program `tsc`, so they are called
// by path.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const isRoot = existsSync('turbo.json');
const compilers = isRoot ? ['typescript7', 'typescript'] : ['typescript7'];
const projects = ['tsconfig.src.json', 'tsconfig.json'].filter((project) => existsSync(project));

for (const compiler of compilers) {
  const program = fileURLToPath(new URL(`../node_modules/${compiler}/bin/tsc`, import.meta.url));
  for (const project of projects) {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [program, '-p', project], { stdio: 'inherit' });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${compiler} -p ${project}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s`);
    if (status !== 0) process.exitCode = 1;
  }
}
