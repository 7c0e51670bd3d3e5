/**
 * What measuring a relative L1 costs, against the least that touching the data can cost: copying both arrays.
 *
 *     npx tsx --conditions=@refrain/source bench/relative-l1.bench.ts [--json FILE]
 *
 * All variants run in every round, so that a busy machine slows them alike; read the ratios, not the milliseconds.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { loopKernel } from '../packages/core/src/indicator/kernel/loop.ts';
import { createSimdKernel } from '../packages/core/src/indicator/kernel/simd.ts';

const MEGABYTE = 1e6;
/** Size of each array, and rounds that take a few seconds together. */
const CASES = [
  { megabytes: 0.5, rounds: 2000 },
  { megabytes: 5, rounds: 300 },
  { megabytes: 20, rounds: 80 },
] as const;

interface Row {
  readonly megabytes: number;
  readonly variant: string;
  readonly rounds: number;
  readonly medianMilliseconds: number;
  readonly minimumMilliseconds: number;
  /** Of medians, to the copy of the same arrays. */
  readonly medianRatio: number;
  /** Of minima, to the copy of the same arrays. */
  readonly minimumRatio: number;
}

/** Results are added up here, so that no call can be optimized away. */
let sink = 0;

function measureCase({ megabytes, rounds }: (typeof CASES)[number]): Row[] {
  const samples = interleaved(variantsFor((megabytes * MEGABYTE) / 4), rounds);
  const copy = summaryOf(samples.get('copy both arrays') ?? []);
  return [...samples].map(([variant, times]) => {
    const { median, minimum } = summaryOf(times);
    return {
      megabytes,
      variant,
      rounds,
      medianMilliseconds: median,
      minimumMilliseconds: minimum,
      medianRatio: median / copy.median,
      minimumRatio: minimum / copy.minimum,
    };
  });
}

function variantsFor(length: number): ReadonlyMap<string, () => void> {
  const simd = createSimdKernel();
  if (simd === undefined)
    throw new Error('[bench] expected WebAssembly SIMD, which this machine does not run');
  const [current, reference] = [noise(length), noise(length)];
  const [currentCopy, referenceCopy] = [new Float32Array(length), new Float32Array(length)];
  return new Map([
    [
      'copy both arrays',
      (): void => {
        currentCopy.set(current);
        referenceCopy.set(reference);
        sink += currentCopy[0] as number;
      },
    ],
    ['sums, simd kernel', (): void => void (sink += simd.sums(current, reference).numerator)],
    ['sums, loop', (): void => void (sink += loopKernel.sums(current, reference).numerator)],
    ['finite, simd kernel', (): void => void (sink += Number(simd.isFinite(current)))],
    ['finite, loop', (): void => void (sink += Number(loopKernel.isFinite(current)))],
  ]);
}

/** Times every variant once in each round; a tenth of the rounds comes before and warms up. */
function interleaved(variants: ReadonlyMap<string, () => void>, rounds: number): Map<string, number[]> {
  const samples = new Map([...variants.keys()].map((name) => [name, [] as number[]]));
  const warmUp = Math.ceil(rounds / 10);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, run] of variants) {
      const start = performance.now();
      run();
      const elapsed = performance.now() - start;
      if (round >= 0) samples.get(name)?.push(elapsed);
    }
  }
  return samples;
}

function summaryOf(times: readonly number[]): { median: number; minimum: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] as number, minimum: sorted[0] as number };
}

function noise(length: number): Float32Array {
  return Float32Array.from({ length }, () => Math.random() - 0.5);
}

function printRows(rows: readonly Row[]): void {
  console.table(
    rows.map((row) => ({
      'MB per array': row.megabytes,
      variant: row.variant,
      rounds: row.rounds,
      'median ms': row.medianMilliseconds.toFixed(4),
      'min ms': row.minimumMilliseconds.toFixed(4),
      'median / copy': row.medianRatio.toFixed(2),
      'min / copy': row.minimumRatio.toFixed(2),
    })),
  );
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  node: process.version,
  loadBefore: loadavg(),
};
console.log(`${machine.processor}, ${machine.processors} processors, Node ${machine.node}`);
console.log(`load average before: ${machine.loadBefore.map((load) => load.toFixed(2)).join(' ')}`);
const rows = CASES.flatMap(measureCase);
printRows(rows);
const loadAfter = loadavg();
console.log(
  `load average after: ${loadAfter.map((load) => load.toFixed(2)).join(' ')} (sink ${sink.toExponential(1)})`,
);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ ...machine, loadAfter, rows }, null, 2)}\n`);
