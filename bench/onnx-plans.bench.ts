/**
 * What a plan costs. Passes of latte-mini under `never` in each plan take turns, step by step, with the plain model in one
 * session. Cached generations take turns with ideal ones: an ideal generation knows beforehand which steps are reused, runs the
 * plain model in the others, and in these nothing but what the skipped blocks leave to run, in a session made for it. The share
 * of the ideal is what knowing, measuring, keeping and handing over costs.
 *
 * Measure on a machine that nobody else uses. Where that is not to be had, `--clock processor` leaves out the time in which others
 * ran, but counts what the JavaScript engine does beside the program, such as collecting garbage.
 *
 *     npm run bench -- onnx-plans [--rounds N] [--clock processor] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { parsePolicy, refrain, type RunReport } from '@refrain/core';
import { loadTransformer } from '@refrain/latte-mini';
import { onnxRunner, type OnnxInput, type OnnxRunner, type PlanName } from '@refrain/onnx';
import { median } from '@refrain/charts';
import { openLeftover, type Leftover } from './onnx/leftover.ts';

/** Steps of a generation. */
const STEPS = 30;
/** Rounds that compile sessions and let the JavaScript engine do the same with this program; they do not count. */
const WARM_UP = 3;
/** Cached and ideal generations in a round. */
const PAIRS = 3;
const plans: readonly PlanName[] = ['fused', 'gated', 'chain'];
/** Every 101st of 65 536 numbers is looked at. */
const cached: readonly string[] = [
  'bwcache(threshold=0.3,stride=101)',
  'teacache(threshold=0.3,stride=101)',
  'fbcache(threshold=0.3,stride=101)',
];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    clock: { type: 'string', default: 'wall' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const model = (await loadTransformer()).bytes;
const timesteps = Array.from({ length: STEPS }, (_, step) => 1000 - (step * 1000) / STEPS);

/** Milliseconds. */
function now(): number {
  if (values.clock !== 'processor') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs a step of a generation. */
type Step = (input: OnnxInput, step: number) => Promise<unknown>;

/** A policy on a runner of its own. */
interface Contender {
  readonly name: string;
  readonly runner: OnnxRunner;
  /** Starts a generation. */
  start(): { readonly step: Step; readonly report: () => RunReport };
}

function inputOf(timestep: number, sample: Float32Array): OnnxInput {
  return {
    hidden_states: { data: sample, dims: [1, 3, 8, 32, 32] },
    timestep: { data: Float32Array.of(timestep), dims: [1] },
    encoder_hidden_states: { data: new Float32Array(8 * 64).fill(0.1), dims: [1, 8, 64] },
  };
}

/** The latents of a plain generation, step by step: what all contenders are given. */
async function latents(): Promise<readonly Float32Array[]> {
  const runner = await onnxRunner({ model, selfCheck: false });
  const all = [Float32Array.from({ length: 3 * 8 * 1024 }, (_, at) => Math.sin(at * at) * 1.3)];
  for (const timestep of timesteps.slice(0, -1)) {
    const sample = all.at(-1) ?? new Float32Array();
    const { data } = await runner.plain(inputOf(timestep, sample));
    all.push(sample.map((value, at) => value - (data[at] ?? 0) / STEPS));
  }
  await runner.dispose();
  return all;
}

async function contender(policy: string, plan?: PlanName): Promise<Contender> {
  const runner = await onnxRunner({ model, policy, plan, selfCheck: false });
  const start = (): ReturnType<Contender['start']> => {
    const run = refrain(runner, parsePolicy(policy)).start({ timesteps });
    return { step: (input, step) => run.step(input, { step }), report: () => run.report() };
  };
  return { name: policy, runner, start };
}

const samples = await latents();
const plain = await onnxRunner({ model, selfCheck: false });
const runPlain: Step = (input) => plain.plain(input);

async function timed(run: Step, step: number): Promise<number> {
  const input = inputOf(timesteps[step] ?? 0, samples[step] ?? new Float32Array());
  const start = now();
  await run(input, step);
  return now() - start;
}

/** Milliseconds of each step of a generation. */
async function generate(run: Step): Promise<readonly number[]> {
  const steps: number[] = [];
  for (let step = 0; step < STEPS; step++) steps.push(await timed(run, step));
  return steps;
}

/** Generations that take turns step by step; who comes first changes from step to step. */
async function inTurn(runs: readonly Step[]): Promise<readonly (readonly number[])[]> {
  const times = runs.map((): number[] => []);
  for (let step = 0; step < STEPS; step++)
    for (let turn = 0; turn < runs.length; turn++) {
      const nth = (turn + step) % runs.length;
      const run = runs[nth];
      if (run) times[nth]?.push(await timed(run, step));
    }
  return times;
}

/** What a round says about a contender; not a number where it says nothing. */
interface Ratio {
  /** Median time of the steps that it computes, by that of the plain model in the same steps. */
  readonly computed: number;
  /** The same of the steps that it reuses. */
  readonly reused: number;
  /** Time of the plain generation by its own. */
  readonly speedup: number;
  /** Time of the plain generation by that of the ideal one. */
  readonly ideal: number;
  /** Time of the ideal generation by its own. */
  readonly share: number;
  /** Share of the indicator in its own generation. */
  readonly indicator: number;
}

const results = new Map<Contender, Ratio[]>();
const reports = new Map<Contender, RunReport>();

function note(one: Contender, ratio: Ratio, round: number): void {
  if (round >= WARM_UP) results.set(one, [...(results.get(one) ?? []), ratio]);
}

/** A round of plans that compute everything. */
async function roundOfPlain(all: readonly Contender[], round: number): Promise<void> {
  const started = all.map((one) => one.start());
  const [own = [], ...others] = await inTurn([runPlain, ...started.map(({ step }) => step)]);
  for (const [nth, one] of all.entries()) {
    const computed = median((others[nth] ?? []).map((time, step) => time / (own[step] ?? Number.NaN)));
    const nothing = Number.NaN;
    reports.set(one, started[nth]?.report() ?? one.start().report());
    note(
      one,
      { computed, reused: nothing, speedup: 1 / computed, ideal: 1, share: 1 / computed, indicator: 0 },
      round,
    );
  }
}

/** A cached generation, an ideal one, and a plain one. */
async function roundOf(one: Contender, left: Leftover, round: number, ownFirst: boolean): Promise<void> {
  const { step: run, report } = one.start();
  const reused = reusedSteps(reports.get(one));
  const runIdeal: Step = (input, step) => (reused.has(step) ? left.run(input) : runPlain(input, step));
  const first = await generate(ownFirst ? run : runIdeal);
  const second = await generate(ownFirst ? runIdeal : run);
  const [own, ideal] = ownFirst ? [first, second] : [second, first];
  const known = reports.has(one);
  reports.set(one, report());
  if (!known) return;
  const whole = median(ideal.filter((_, step) => !reused.has(step)));
  const of = (wanted: boolean): number =>
    median(own.filter((_, step) => reused.has(step) === wanted)) / whole;
  const seconds = report().seconds;
  note(
    one,
    {
      computed: of(false),
      reused: of(true),
      speedup: (whole * STEPS) / sum(own),
      ideal: (whole * STEPS) / sum(ideal),
      share: sum(ideal) / sum(own),
      indicator: seconds.indicator / seconds.total,
    },
    round,
  );
}

function reusedSteps(report: RunReport | undefined): ReadonlySet<number> {
  return new Set(report?.decisions.filter(({ did }) => did === 'reused').map(({ step }) => step));
}

function sum(times: readonly number[]): number {
  return times.reduce((total, time) => total + time, 0);
}

/** One policy after the other: each has the memory to itself, as in a program that generates. */
async function measure(): Promise<void> {
  const whole = await Promise.all(plans.map((plan) => contender('never', plan)));
  for (let round = 0; round < WARM_UP + rounds; round++) await roundOfPlain(whole, round);
  await release(whole);
  for (const policy of cached) {
    const one = await contender(policy);
    const left = await openLeftover(model, policy.startsWith('fbcache') ? 1 : 0);
    for (let pair = 0; pair < PAIRS * (WARM_UP + rounds); pair++)
      await roundOf(one, left, Math.floor(pair / PAIRS), pair % 2 === 0);
    await release([one]);
    await left.dispose();
  }
}

/** Frees runners; how many sessions they had is still to be told. */
async function release(all: readonly Contender[]): Promise<void> {
  for (const one of all) {
    sessions.set(one, one.runner.sessions().length);
    await one.runner.dispose();
  }
}

const sessions = new Map<Contender, number>();
await measure();
const rows = [...results].map(([one, ratios]) => {
  const middle = (key: keyof Ratio): number => median(ratios.map((ratio) => ratio[key]));
  return {
    name: one.name,
    plan: one.runner.plan.name,
    sessions: sessions.get(one) ?? 0,
    computed: middle('computed'),
    reused: middle('reused'),
    speedup: middle('speedup'),
    ideal: middle('ideal'),
    share: middle('share'),
    indicator: middle('indicator'),
    bytesHeld: reports.get(one)?.bytes.peak ?? 0,
    bytesLeft: reports.get(one)?.bytes.held ?? 0,
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
    `medians of ${rounds} rounds of ${STEPS} steps, one thread, ${values.clock} clock`,
);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ ...machine, clock: values.clock, rounds, steps: STEPS, rows }, null, 2)}\n`,
  );
await plain.dispose();
