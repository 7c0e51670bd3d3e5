// Mutation testing: plants small faults in the core, area by area, and sees which of them no test finds.
// `npm run mutation`, `npm run mutation -- cache executor`, `npm run mutation -- --page` (see docs/mutation.md).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { areas } from './mutation/areas.ts';
import { pageOf } from './mutation/page.ts';
import { scoreOf, summaryOf, type AreaSummary } from './mutation/summary.ts';
import { root } from './pack.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    page: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '2' },
  },
});

/** What Stryker remembers of earlier runs; what came of them is kept with the sources. */
const work = join(root, '.reports', 'mutation');
const results = join(root, 'scripts', 'mutation', 'results');
mkdirSync(work, { recursive: true });
mkdirSync(results, { recursive: true });

const strangers = positionals.filter((name) => !Object.hasOwn(areas, name));
if (strangers.length > 0) {
  console.error(`no area is called ${strangers.join(', ')}: known are ${Object.keys(areas).join(', ')}`);
  process.exit(1);
}
if (!values.page) for (const name of positionals.length > 0 ? positionals : Object.keys(areas)) run(name);
writePage();

function run(name: string): void {
  const area = areas[name];
  if (!area) return;
  const config = join(work, `${name}.config.json`);
  const report = join(work, `${name}.report.json`);
  writeFileSync(config, JSON.stringify(configOf(name, area.mutate, report), null, 2));
  const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const { status } = spawnSync(process.execPath, [stryker, 'run', config], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MUTATION_TESTS: area.tests.join(',') },
  });
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  const summary = summaryOf(report);
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(summary, null, 2)}\n`);
  const { found, all } = scoreOf(Object.values(summary));
  console.log(`${name}: ${found} of ${all} mutants were found`);
}

function configOf(name: string, mutate: readonly string[], report: string): object {
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: false },
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    mutate,
    mutator: { excludedMutations: ['StringLiteral'] },
    incremental: true,
    incrementalFile: join(work, `${name}.incremental.json`),
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    ignorePatterns: [
      '*',
      '!packages/core/**',
      '!packages/testing/**',
      '!vitest.mutation.config.ts',
      '!package.json',
      '!tsconfig*.json',
    ],
    tempDirName: join(work, 'sandboxes'),
    concurrency: Number(values.concurrency),
    // On a busy machine a slow test is no endless one.
    timeoutMS: 15_000,
    allowConsoleColors: false,
  };
}

function writePage(): void {
  const found = Object.keys(areas).flatMap((name): readonly (readonly [string, AreaSummary])[] => {
    const file = join(results, `${name}.json`);
    return existsSync(file) ? [[name, JSON.parse(readFileSync(file, 'utf8')) as AreaSummary]] : [];
  });
  const page = join(root, 'docs', 'mutation.md');
  const measured = Object.fromEntries(found);
  const unmeasured = Object.keys(areas).filter((name) => !Object.hasOwn(measured, name));
  writeFileSync(page, pageOf(measured, unmeasured));
  const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
  spawnSync(process.execPath, [prettier, '--write', '--log-level', 'warn', page, results], {
    cwd: root,
    stdio: 'inherit',
  });
}
