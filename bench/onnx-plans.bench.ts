/**
 * What a plan costs: passes of latte-mini under `never` in each plan against the plain model in one session, and cached
 * generations against what they would take if the blocks that were skipped cost nothing else. All variants run in every round,
 * one step after the other, so that a busy machine slows them alike; ratios are paired within the round.
 *
 *     npm run bench -- onnx-plans [--rounds N] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { parsePolicy, refrain, type Float32Tensor, type Run, type RunReport } from '@refrain/core';
import { loadTransformer } from '@refrain/latte-mini';
import { onnxRunner, type OnnxInput, type OnnxRunner, type PlanName } from '@refrain/onnx';
import { median } from '../packages/refrain/src/report/statistics.ts';

/** Steps of a generation. */
const STEPS = 30;
const plans: readonly PlanName[] = ['fused', 'gated', 'chain'];
const cached: readonly string[] = [
  'bwcache(threshold=0.3,stride=61)',
  'teacache(threshold=0.3,stride=61)',
  'fbcache(threshold=0.3,stride=61)',
];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const rounds = Number(values.rounds);
const model = (await loadTransformer()).bytes;
const timesteps = Array.from({ length: STEPS }, (_, step) => 1000 - (step * 1000) / STEPS);

/** One generation in progress. */
interface Contender {
  readonly name: string;
  readonly plan: string;
  readonly runner: OnnxRunner;
  /** Undefined for the plain model. */
  readonly policy?: string;
  /** Milliseconds of each step, of the round in progress. */
  times: number[];
  run?: Run<OnnxInput, Float32Tensor>;
  /** Of the last round. */
  report?: RunReport;
}

function inputOf(timestep: number, sample: Float32Array): OnnxInput {
  return {
    hidden_states: { data: sample, dims: [1, 3, 8, 32, 32] },
    timestep: { data: Float32Array.of(timestep), dims: [1] },
    encoder_hidden_states: { data: new Float32Array(8 * 64).fill(0.1), dims: [1, 8, 64] },
  };
}

function noise(): Float32Array {
  return Float32Array.from({ length: 3 * 8 * 1024 }, (_, at) => Math.sin(at * at) * 1.3);
}

async function contenders(): Promise<readonly Contender[]> {
  const all: Contender[] = [];
  const add = async (policy: string, plan?: PlanName): Promise<void> => {
    const runner = await onnxRunner({ model, policy, plan, selfCheck: false });
    all.push({ name: policy, plan: runner.plan.name, runner, policy, times: [] });
  };
  const plain = await onnxRunner({ model, selfCheck: false });
  all.push({ name: 'the plain model', plan: '–', runner: plain, times: [] });
  for (const plan of plans) await add('never', plan);
  for (const policy of cached) await add(policy);
  return all;
}

/** One step of a contender on a latent that all of them share. */
async function advance(one: Contender, step: number, sample: Float32Array): Promise<Float32Tensor> {
  const input = inputOf(timesteps[step] ?? 0, sample);
  const start = performance.now();
  const output = one.run ? await one.run.step(input, { step }) : await one.runner.plain(input);
  one.times.push(performance.now() - start);
  return output;
}

/** A generation of all contenders, step by step in turn; the latent follows the plain model. */
async function generate(all: readonly Contender[]): Promise<void> {
  let sample = noise();
  for (const one of all) {
    one.times = [];
    if (one.policy) one.run = refrain(one.runner, parsePolicy(one.policy)).start({ timesteps });
  }
  for (let step = 0; step < STEPS; step++) {
    let velocity: Float32Tensor | undefined;
    // Who comes first in a step changes from step to step.
    for (let turn = 0; turn < all.length; turn++) {
      const one = all[(turn + step) % all.length];
      const output = one && (await advance(one, step, sample));
      if (one && !one.policy) velocity = output;
    }
    const moved = velocity?.data;
    sample = sample.map((value, at) => value - (moved?.[at] ?? 0) / STEPS);
  }
  for (const one of all) if (one.run) one.report = one.run.report();
}

/** What a round says about a contender. */
interface Ratio {
  /** Median over the steps of its time by the plain model's, in the steps that it computed. */
  readonly computed: number;
  /** The same in the steps that it reused. */
  readonly reused: number;
  /** Time of the plain generation by its own. */
  readonly speedup: number;
  /** The speed-up if a computed step took as long as the plain model, and a reused one only what is left to run. */
  readonly ideal: number;
}

function ratioOf(plain: Contender, one: Contender): Ratio {
  const reused = new Set(one.report?.decisions.filter(({ did }) => did === 'reused').map(({ step }) => step));
  const pairs = one.times.map((time, step) => ({ ratio: time / (plain.times[step] ?? Number.NaN), step }));
  const of = (wanted: boolean): number =>
    median(pairs.filter(({ step }) => reused.has(step) === wanted).map(({ ratio }) => ratio));
  const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);
  const left = leftOver[one.name.split('(')[0] ?? ''] ?? 0;
  const ideal = plain.times.reduce((total, time, step) => total + time * (reused.has(step) ? left : 1), 0);
  return {
    computed: of(false),
    reused: reused.size > 0 ? of(true) : Number.NaN,
    speedup: sum(plain.times) / sum(one.times),
    ideal: sum(plain.times) / ideal,
  };
}

/** The share of a pass that a reused step still has to run: see `shares` below. */
const leftOver: Record<string, number> = {};

/**
 * Measures these shares on their own: the parts before and behind the blocks, and for First Block Cache its first block, in
 * sessions of their own, by the plain model. What travels between sessions is not counted against a plan's ideal.
 */
async function shares(): Promise<void> {
  const runner = await onnxRunner({ model, plan: 'chain', selfCheck: false });
  const first = runner.sites.find(({ level }) => level === 'block')?.until ?? 1;
  const parts: { frame: number[]; block: number[]; plain: number[] } = { frame: [], block: [], plain: [] };
  const info = { step: 0, call: 0, branch: 'conditional', timestep: 500 };
  for (let turn = 0; turn < 16; turn++) {
    const input = inputOf(500, noise());
    const t0 = performance.now();
    const pass = await runner.enter(input, info);
    const t1 = performance.now();
    await pass.span({ from: 0, until: first, x: pass.x, values: new Map(), taps: [] });
    const t2 = performance.now();
    await pass.exit(pass.x);
    const t3 = performance.now();
    await runner.plain(input);
    const t4 = performance.now();
    // The first turn compiles.
    if (turn === 0) continue;
    parts.frame.push((t1 - t0 + t3 - t2) / (t4 - t3));
    parts.block.push((t2 - t1) / (t4 - t3));
  }
  await runner.dispose();
  leftOver['bwcache'] = median(parts.frame);
  leftOver['teacache'] = median(parts.frame);
  leftOver['fbcache'] = median(parts.frame) + median(parts.block);
}

await shares();
const all = await contenders();
const results = new Map<Contender, Ratio[]>();
for (let round = 0; round <= rounds; round++) {
  await generate(all);
  const [plain] = all;
  // The first round compiles and warms up, and does not count.
  for (const one of all)
    if (round > 0 && plain && one !== plain)
      results.set(one, [...(results.get(one) ?? []), ratioOf(plain, one)]);
}
const rows = [...results].map(([{ name, plan, runner, report }, ratios]) => {
  const middle = (key: keyof Ratio): number => median(ratios.map((ratio) => ratio[key]));
  return {
    name,
    plan,
    sessions: runner.sessions().length,
    computed: middle('computed'),
    reused: middle('reused'),
    speedup: middle('speedup'),
    ideal: middle('ideal'),
    share: median(ratios.map(({ speedup, ideal }) => speedup / ideal)),
    indicator: (report?.seconds.indicator ?? 0) / (report?.seconds.total ?? 1),
    bytesHeld: report?.bytes.peak ?? 0,
    bytesLeft: report?.bytes.held ?? 0,
  };
});
console.table(
  rows.map((row) => ({
    policy: row.name,
    plan: row.plan,
    sessions: row.sessions,
    'computed ÷ plain': row.computed.toFixed(3),
    'reused ÷ plain': row.reused.toFixed(3),
    'speed-up': row.speedup.toFixed(2),
    ideal: row.ideal.toFixed(2),
    'of ideal': row.share.toFixed(3),
    indicator: `${(row.indicator * 100).toFixed(2)} %`,
    held: row.bytesHeld,
    'left after': row.bytesLeft,
  })),
);
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  node: process.version,
  load: loadavg()[0],
};
console.log(
  `${machine.processor}, ${machine.processors} processors, Node ${machine.node}, load average ${machine.load?.toFixed(2)}; ` +
    `medians of ${rounds} rounds of ${STEPS} steps, one thread`,
);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ ...machine, rounds, steps: STEPS, leftOver, rows }, null, 2)}\n`,
  );
for (const { runner } of all) await runner.dispose();
