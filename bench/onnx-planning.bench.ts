/**
 * Plans a model with more than 2 GB of weights in another file, in a process of its own: reading, finding blocks, and writing
 * the parts that a chain of blocks needs. The time is that of the process without its start; the memory is
 * the most that the process ever held.
 *
 * Run it: npm run bench -- onnx-planning [--blocks 30] [--width 1024] [--rounds 5]
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../packages/refrain/src/report/statistics.ts';
import { writeLargeModel } from './onnx/large-model.ts';

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '30' },
    width: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '5' },
    plan: { type: 'string' },
  },
});

/** What a planning process tells. */
interface Planned {
  readonly seconds: number;
  /** Of the processor: other programs on the machine do not count. */
  readonly processorSeconds: number;
  readonly inspectSeconds: number;
  readonly megabytes: number;
  readonly blocks: number;
  readonly parts: number;
  readonly partBytes: number;
}

async function planOnce(path: string): Promise<Planned> {
  const { extract, inspectModel, loadGraph, cutModel } = await import('@refrain/onnx');
  const start = performance.now();
  const before = process.cpuUsage();
  const graph = await loadGraph(path);
  const cut = cutModel(graph);
  const parts = cut.blocks.map(({ from, until }) =>
    extract(cut.graph, {
      given: new Map(
        [...(cut.positions[from] ?? []), ...cut.carried].map((name) => [name, cut.types.get(name) ?? 1]),
      ),
      wanted: cut.positions[until] ?? [],
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const inspected = performance.now();
  const { families } = inspectModel(graph);
  return {
    seconds,
    processorSeconds: (user + system) / 1e6,
    inspectSeconds: (performance.now() - inspected) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1000,
    blocks: families.flatMap(({ blocks }) => blocks).length,
    parts: parts.length,
    partBytes: parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

function planApart(path: string): Planned {
  const file = fileURLToPath(import.meta.url);
  const tsx = fileURLToPath(new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [tsx, '--conditions=@refrain/source', file, '--plan', path],
    { encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Planned;
}

async function measure(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    const sizes = { blocks: Number(values.blocks), width: Number(values.width), tokens: 256 };
    const { path, bytes } = await writeLargeModel(folder, sizes);
    const rounds = Array.from({ length: Number(values.rounds) }, () => planApart(path));
    const [first] = rounds;
    console.log(
      `${sizes.blocks} blocks of width ${sizes.width}, ${(bytes / 1e9).toFixed(2)} GB of weights in another file`,
    );
    console.log(
      `found ${first?.blocks} blocks; ${first?.parts} parts of ${((first?.partBytes ?? 0) / 1000).toFixed(0)} kB together`,
    );
    console.log(
      `time    ${median(rounds.map(({ seconds }) => seconds)).toFixed(2)} s (median of ${rounds.length})`,
    );
    const of = (figure: keyof Planned): string => median(rounds.map((round) => round[figure])).toFixed(2);
    console.log(
      `        ${of('processorSeconds')} s of the processor; inspecting takes ${of('inspectSeconds')} s`,
    );
    console.log(
      `memory  ${median(rounds.map(({ megabytes }) => megabytes)).toFixed(0)} MB at most, with Node and the compiler of this program`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.plan === undefined) await measure();
else process.stdout.write(JSON.stringify(await planOnce(values.plan)));
