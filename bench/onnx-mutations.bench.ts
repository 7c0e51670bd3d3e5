/**
 * Reads and plans thousands of faulty models: each has to give a plan or a typed error, in reasonable time. Of those that give
 * a plan a sample is run as well, in other processes: the runtime itself is native code.
 *
 * Run it: npm run bench -- onnx-mutations [--files 10000] [--sessions 200] [--seed 1]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inspectModel, onnxRunner, OnnxError, readGraph } from '@refrain/onnx';
import { layouts } from '../packages/onnx/test/layout.ts';
import { mutated } from '../packages/onnx/test/mutate.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    sessions: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    run: { type: 'string' },
  },
});
// Copies: a slice of a buffer would share its memory.
const models = layouts().map(({ path }) => Uint8Array.from(readFileSync(path)));
const mutant = (seed: number): Uint8Array => mutated(models[seed % models.length] ?? new Uint8Array(), seed);

/** What became of a mutant: a plan, or the code of its error. Anything else is a fault of ours. */
function planned(seed: number): string {
  try {
    inspectModel(readGraph(mutant(seed)));
    return 'planned';
  } catch (thrown) {
    return thrown instanceof OnnxError ? thrown.code : `UNTYPED ${String((thrown as Error).stack)}`;
  }
}

async function runOne(seed: number): Promise<void> {
  try {
    const runner = await onnxRunner({ model: mutant(seed) });
    await runner.dispose();
    console.log('ran');
  } catch (thrown) {
    console.log(thrown instanceof OnnxError ? thrown.code : `UNTYPED ${String(thrown)}`);
  }
}

function count(tally: Map<string, number>, outcome: string): void {
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
}

/** A minute is more than any of these small models takes. */
function runApart(seed: number): string {
  const file = fileURLToPath(import.meta.url);
  const tsx = fileURLToPath(new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url));
  const { stdout, signal, status } = spawnSync(
    process.execPath,
    [tsx, '--conditions=@refrain/source', file, '--run', String(seed)],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return stdout.trim().split('\n').at(-1) || `CRASH ${signal ?? status ?? ''} of seed ${seed}`;
}

function planAll(first: number, files: number, sessions: number): void {
  const [plans, runs] = [new Map<string, number>(), new Map<string, number>()];
  const toRun: number[] = [];
  let slowest = { seconds: 0, seed: 0 };
  const start = performance.now();
  for (let seed = first; seed < first + files; seed++) {
    const from = performance.now();
    const outcome = planned(seed);
    const seconds = (performance.now() - from) / 1000;
    if (seconds > slowest.seconds) slowest = { seconds, seed };
    count(plans, outcome);
    if (outcome === 'planned' && toRun.length < sessions) toRun.push(seed);
  }
  const total = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${files} faulty files from seed ${first} in ${total} s; slowest ${slowest.seconds.toFixed(2)} s (seed ${slowest.seed})`,
  );
  for (const [outcome, times] of plans) console.log(`  ${String(times).padStart(6)}  ${outcome}`);
  for (const seed of toRun) count(runs, runApart(seed));
  console.log(`${toRun.length} of those with a plan, loaded and run in a process each`);
  for (const [outcome, times] of runs) console.log(`  ${String(times).padStart(6)}  ${outcome}`);
}

if (values.run === undefined) planAll(Number(values.seed), Number(values.files), Number(values.sessions));
else await runOne(Number(values.run));
