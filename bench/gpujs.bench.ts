/**
 * What gpu.js kernels cost on latte-mini: a block and an indicator in each mode, beside a plain implementation in typed
 * arrays and beside ONNX Runtime on one thread; cached generations beside plain ones; memory over twenty generations.
 * Times in Node are those of the processor, so that others on the machine do not count.
 * The part browser: WebGL2 and WebGPU in Chromium, where a graphics card is emulated in software: those times say nothing
 * about a real one.
 *
 * Run it: npm run bench -- gpujs [--rounds N] [--steps N] [--generations N] [--parts pieces,cached,memory,browser]
 */
import { loadavg } from 'node:os';
import { cpuUsage, memoryUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '@refrain/charts';
import { bwcache, fora, refrain, type BlockRunner, type Policy } from '@refrain/core';
import { loadConfig, loadModelFile, loadTransformer } from '@refrain/latte-mini';
import { onnxRunner, type OnnxFeature } from '@refrain/onnx';
import { layoutOf } from '../packages/gpujs/src/latte/layout.ts';
import { readSafetensors } from '../packages/gpujs/src/latte/safetensors.ts';
import { openBuiltPage } from '../packages/gpujs/test/browser/built-page.ts';
import { measured, openLatte, stepInputs } from './gpujs/latte.ts';
import { timeCached, timePieces, type CachedTimes, type PieceTimes } from './gpujs/measure.ts';
import type { LatteInput, LatteTensor } from '../packages/gpujs/src/index.ts';
import { typedArrayBlock } from './gpujs/typed-array-latte.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '6' },
    generations: { type: 'string', default: '20' },
    parts: { type: 'string', default: 'pieces,cached,memory' },
  },
});
const [rounds, steps, generations] = [values.rounds, values.steps, values.generations].map(Number) as [
  number,
  number,
  number,
];
const hostModes = ['webasm', 'cpu'] as const;
/** Policies that reuse whole steps, so that the ideal is easy to say. */
const policies = (): readonly Policy[] => [
  fora({ interval: 3 }),
  bwcache({ threshold: 1, stride: 61, interval: 2 }),
];

const before = loadavg()[0];
const inputs = await stepInputs(steps);
const first = inputs[0] as LatteInput;
const parts: Readonly<Record<string, () => Promise<void>>> = {
  pieces: printPieces,
  cached: printCached,
  memory: printMemory,
  browser: printBrowser,
};
for (const part of values.parts.split(',')) {
  const print = parts[part];
  if (!print) throw new Error(`--parts: expected some of ${Object.keys(parts).join(',')}, got "${part}"`);
  await print();
}
console.log(`load average ${before?.toFixed(2)} before, ${loadavg()[0]?.toFixed(2)} after`);

/** All variants in turn, round by round, so that a busy machine slows all alike. */
async function printPieces(): Promise<void> {
  const file = readSafetensors((await loadModelFile('transformer.safetensors')).bytes);
  const block = typedArrayBlock(file, layoutOf(await loadConfig(), file), first);
  const x = block.enter(first);
  const runners = await Promise.all(hostModes.map(openLatte));
  const onnx = await onnxRunner({ model: (await loadTransformer()).bytes, selfCheck: false });
  // Its inputs are a record of tensors by name, which a Latte input is too.
  const onnxModel = {
    runner: onnx as unknown as BlockRunner<LatteInput, OnnxFeature, LatteTensor>,
    plain: (input: LatteInput) => onnx.plain({ ...input }) as Promise<LatteTensor>,
    settle: async (): Promise<void> => {},
    clock: processorTime,
  };
  const models: readonly (readonly [string, () => Promise<PieceTimes>])[] = [
    ['onnxruntime', () => timePieces(onnxModel, first)],
    ...runners.map(
      (runner) => [runner.device.mode, () => timePieces(measured(runner, processorTime), first)] as const,
    ),
  ];
  const times = new Map<string, PieceTimes[]>();
  const typed: number[] = [];
  const note = (name: string, pieces: PieceTimes): void =>
    void times.set(name, [...(times.get(name) ?? []), pieces]);
  // The first round compiles and warms up, and does not count.
  for (let round = 0; round <= rounds; round++) {
    if (round === 1) {
      times.clear();
      typed.splice(0);
    }
    const start = processorTime();
    block.run(x);
    typed.push(processorTime() - start);
    for (const [name, time] of models) note(name, await time());
  }
  console.log(`milliseconds of the processor, median (least) of ${rounds} interleaved rounds`);
  console.log(`typed arrays   spatial block ${show(typed)}`);
  for (const [name, list] of times)
    console.log(
      `${name.padEnd(14)} ${(['spatial', 'temporal', 'indicator', 'sketched'] as const).map((piece) => `${piece} ${show(list.map((one) => one[piece]))}`).join('  ')}`,
    );
  for (const [name, list] of times) {
    const ratios = list.map(({ spatial }, round) => (typed[round] ?? Number.NaN) / spatial);
    console.log(`${name}: ${median(ratios).toFixed(2)} × the speed of typed arrays on the spatial block`);
  }
  await Promise.all([onnx.dispose(), ...runners.map((runner) => runner.dispose())]);
}

async function printCached(): Promise<void> {
  for (const mode of hostModes) {
    const runner = await openLatte(mode);
    for (const policy of policies())
      console.log(
        cachedLine(
          mode,
          await timeCached(
            measured(runner, processorTime),
            policy,
            inputs,
            () => runner.device.memory().bytes,
          ),
        ),
      );
    await runner.dispose();
  }
}

function cachedLine(mode: string, { policy, reuseRate, speedup, ideal, bytes }: CachedTimes): string {
  const share = (speedup / ideal).toFixed(3);
  const held = `${bytes.peak} bytes held at most, ${bytes.asReported ? 'as reported' : 'NOT as reported'}`;
  return `${mode} ${policy}: ${(reuseRate * 100).toFixed(0)} % reused, ${speedup.toFixed(2)}× of ${ideal.toFixed(2)}× (${share}), ${held}`;
}

/** Short generations one after the other: what the device holds, and what the process takes. */
async function printMemory(): Promise<void> {
  const runner = await openLatte('webasm');
  const few = inputs.slice(0, 2);
  const rows: string[] = [];
  for (let generation = 1; generation <= generations; generation++) {
    const run = refrain(runner, fora({ interval: 2 })).start({ timesteps: [900, 500] });
    for (const [step, input] of few.entries()) await run.step(input, { step });
    if (generation % 5 === 0 || generation === 1)
      rows.push(
        `${generation}: ${runner.device.memory().bytes} bytes in ${runner.device.memory().tensors} tensors, ` +
          `${runner.device.kernels} kernels, process ${Math.round(memoryUsage().rss / 2 ** 20)} MB`,
      );
  }
  console.log(`memory after generations of ${few.length} steps\n  ${rows.join('\n  ')}`);
  await runner.dispose();
}

async function printBrowser(): Promise<void> {
  const page = await openBuiltPage(fileURLToPath(new URL('gpujs/page/', import.meta.url)));
  for (const mode of ['webgpu', 'webgl2'] as const) {
    const answer = (await page.ask({ name: 'measure', mode }, 'worker')) as {
      readonly adapter: string;
      readonly pieces: PieceTimes;
      readonly cached: CachedTimes;
    };
    const { spatial, temporal, indicator, sketched } = answer.pieces;
    console.log(`Chromium, ${mode} on ${answer.adapter}, milliseconds that passed:`);
    console.log(
      `  spatial ${spatial.toFixed(0)}  temporal ${temporal.toFixed(0)}  indicator ${indicator.toFixed(1)}  sketched ${sketched.toFixed(1)}`,
    );
    console.log(`  ${cachedLine(mode, answer.cached)}`);
  }
  await page.close();
}

/** Milliseconds that this process had a processor, on any thread. */
function processorTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function show(times: readonly number[]): string {
  return `${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)})`;
}
