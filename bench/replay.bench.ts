/**
 * How many parameter sets replay judges in a second on one core: sets of the default design, ids parsed and all, on a
 * recording of 50 steps and 12 blocks of three modules. Then how the cost grows with sets and with steps.
 *
 *     npm run bench -- replay [--rounds N] [--sets N] [--json FILE]
 *
 * All families together must reach 10,000 sets a second of processor time, and growth must be linear within a quarter,
 * else the exit code is 1. Families and sizes take turns in every round, so that a busy machine slows them alike.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { defaultDesign, publishedCosts, randomDesign, spreadCosts, type Recording } from '@refrain/sim';
import { median } from '@refrain/charts';
import { ownReplaying, packagedSim, type Replaying } from './replay/packaged-sim.ts';
import { syntheticRecording, thinned } from './replay/synthetic-recording.ts';

/** Sets a second that replay must reach on 50 steps. */
const BAR = 10_000;
const STEPS = 50;
/** How far above linear growth may lie. */
const LINEAR_WITHIN = 0.25;

/** Sets that are replayed on one recording, and how long it took each time. */
interface Load {
  readonly name: string;
  readonly sets: readonly string[];
  readonly judge: (ids: readonly string[]) => number;
  /** Milliseconds of processor time, round by round. */
  readonly times: number[];
}

/** Replays are counted here, so that none can be optimized away. */
let sink = 0;

/** Milliseconds that this process has computed: a busy machine counts for less than on the clock. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function judgeOf({ parsePolicy, replayer }: Replaying, recording: Recording): Load['judge'] {
  const costs = spreadCosts(publishedCosts('latte'), recording.stream.length);
  const summarize = replayer(recording, { costs });
  return (ids) => ids.reduce((sum, id) => sum + (summarize(parsePolicy(id)).speedup ?? 0), 0);
}

/** Sets come in turn from all families, so the first ones are as mixed as all. */
function some(sets: readonly string[], share: number): readonly string[] {
  return sets.slice(0, Math.round(sets.length * share));
}

function familyOf(id: string): string {
  const inner = /^forecast\((.*)/.exec(id)?.[1];
  return inner === undefined ? id.replace(/\(.*/, '') : `forecast of ${inner.replace(/\(.*/, '')}`;
}

async function loadsOf(count: number): Promise<{ families: Load[]; sets: Load[]; steps: Load[] }> {
  const replaying = ownReplaying(await packagedSim(), 'sweep');
  const recording = await syntheticRecording();
  const all = randomDesign(defaultDesign([recording]), count, 7);
  const judge = judgeOf(replaying, recording);
  const load = (name: string, sets: readonly string[], by = judge): Load => ({
    name,
    sets,
    judge: by,
    times: [],
  });
  const steps = [5, 2, 1].map((stride) => {
    const thin = thinned(recording, stride);
    return load(`${thin.steps} steps`, some(all, 0.5), judgeOf(replaying, thin));
  });
  const byFamily = new Map<string, string[]>();
  for (const id of all) {
    const family = familyOf(id);
    byFamily.set(family, [...(byFamily.get(family) ?? []), id]);
  }
  return {
    families: [...byFamily].map(([name, sets]) => load(name, sets)),
    sets: [0.25, 0.5, 1].map((share) => load(`${Math.round(share * all.length)} sets`, some(all, share))),
    steps,
  };
}

function time({ sets, judge, times }: Load): void {
  const start = processorTime();
  sink += judge(sets);
  times.push(processorTime() - start);
}

const perSecond = ({ sets, times }: Load): number => (1000 * sets.length) / median(times);
const millisecondsOf = ({ times }: Load): number => median(times);

/** What the largest takes over the smallest, by what linear growth would give: 1 is linear. */
function growth(loads: readonly Load[], factor: number): number {
  const [first, last] = [loads[0], loads.at(-1)];
  return first && last ? millisecondsOf(last) / millisecondsOf(first) / factor : Number.NaN;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    sets: { type: 'string', default: '4000' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const { families, sets, steps } = await loadsOf(Number(values.sets));
const loads = [...families, ...sets, ...steps];
// Warms up: compiling what is hot takes longer than a turn in a round.
for (const load of loads) time(load);
for (const load of loads) load.times.length = 0;
for (let round = 0; round < rounds; round++) for (const load of loads) time(load);

console.table(
  families.map((load) => ({
    family: load.name,
    sets: load.sets.length,
    'sets a second': Math.round(perSecond(load)),
    'µs a set': (1e6 / perSecond(load)).toFixed(0),
  })),
);
console.table(
  [...sets, ...steps].map((load) => ({
    size: load.name,
    milliseconds: millisecondsOf(load).toFixed(1),
    'sets a second': Math.round(perSecond(load)),
  })),
);
const [whole] = sets.slice(-1);
const rate = whole ? perSecond(whole) : 0;
const linear = { sets: growth(sets, 4), steps: growth(steps, 5) };
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  node: process.version,
  load: loadavg()[0],
};
console.log(
  `${Math.round(rate)} parameter sets of ${STEPS} steps a second on one core (must reach ${BAR}); four times the sets take ` +
    `${(4 * linear.sets).toFixed(2)} times as long, five times the steps ${(5 * linear.steps).toFixed(2)}\n` +
    `${machine.processor}, ${machine.processors} processors, Node ${machine.node}, load average ` +
    `${machine.load?.toFixed(2)}; medians of ${rounds} rounds (sink ${sink.toExponential(1)})`,
);
if (rate < BAR) {
  console.error(`${Math.round(rate)} sets a second are below ${BAR}`);
  process.exitCode = 1;
}
for (const [what, ratio] of Object.entries(linear))
  // Less than linear is no fault: what is worked out once for a recording is shared by all of its sets.
  if (ratio > 1 + LINEAR_WITHIN) {
    console.error(`the cost grows ${ratio.toFixed(2)} times as fast as the number of ${what}`);
    process.exitCode = 1;
  }
if (values.json !== undefined) {
  const rows = loads.map((load) => ({
    name: load.name,
    sets: load.sets.length,
    setsPerSecond: perSecond(load),
  }));
  writeFileSync(
    values.json,
    `${JSON.stringify({ ...machine, rounds, bar: BAR, rate, linear, rows }, null, 2)}\n`,
  );
}
