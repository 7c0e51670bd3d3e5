/**
 * How many decisions a policy takes in a second: each policy of the catalogue is asked and told what it was asked and
 * told in a run of 50 steps over 28 blocks (56 sites), without executor, runner and features. One decision is one
 * call of `next` with its `observe`.
 *
 *     npm run bench -- decisions [--rounds N] [--json FILE]
 *
 * Policies that decide by a threshold must take a million decisions a second of processor time, else the exit code is
 * 1. All policies run in every round, so that a busy machine slows them alike.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { AnyPolicyFactory } from '@refrain/core';
import { median } from '@refrain/charts';
import { ownCopy, packagedCore } from './decisions/packaged-core.ts';
import { rehearse, replay, type Rehearsal } from './decisions/rehearsal.ts';

/** Decisions a second that a threshold policy must reach. */
const BAR = 1e6;
/** How long each policy runs in a round. */
const MILLISECONDS = 10;

const code = await packagedCore();
const { core: anyCore } = ownCopy(code, 'catalogue', replay);

/** Ids for policies that mean nothing without options. Combinators combine TeaCache where nothing stands here. */
const examples: Readonly<Record<string, string>> = {
  budget: 'budget(teacache,speedup=2)',
  fixed: `fixed(mask=11${'0001'.repeat(12)})`,
  magcache: 'magcache(model=flux)',
  recorded: `recorded(trace=${anyCore.traceOf((await rehearse(anyCore, anyCore.bwcache())).report)})`,
};

interface Row {
  readonly policy: string;
  readonly id: string;
  /** Decisions of one run. */
  readonly decisions: number;
  /** Median over the rounds. */
  readonly decisionsPerSecond: number;
  readonly nanoseconds: number;
  /** Whether the policy decides by a threshold or an indicator, and so must reach the bar. */
  readonly barred: boolean;
}

/** A policy that is to be timed. */
interface Contender {
  readonly factory: AnyPolicyFactory;
  readonly rehearsal: Rehearsal;
  /** Decides the whole run anew. */
  readonly replay: typeof replay;
  /** Nanoseconds of a decision, round by round. */
  readonly times: number[];
}

function exampleOf({ combines, policyName }: AnyPolicyFactory): string {
  const inner = Array.from({ length: combines?.min ?? 0 }, () => 'teacache');
  return examples[policyName] ?? (inner.length > 0 ? `${policyName}(${inner.join(',')})` : policyName);
}

/** Undefined, and told, if the policy does not run with the options that it is given here. */
async function contenderOf(factory: AnyPolicyFactory): Promise<Contender | undefined> {
  const id = exampleOf(factory);
  try {
    const { core, hot } = ownCopy(code, factory.policyName, replay);
    return { factory, rehearsal: await rehearse(core, core.parsePolicy(id)), replay: hot, times: [] };
  } catch (error) {
    console.error(`${id} does not run: give it other options in the table of examples`, error);
    process.exitCode = 1;
    return undefined;
  }
}

/** Rules with a threshold, and rules that decide by what they measure. Combinators cost what they combine. */
function isBarred({ policy, turns }: Rehearsal, { combines }: AnyPolicyFactory): boolean {
  if (combines || policy.needs.history === 0) return false;
  return policy.threshold !== undefined || turns.some(({ seen }) => Object.keys(seen.measured).length > 0);
}

/** Replays are counted here, so that no decision can be optimized away. */
let sink = 0;

/** Milliseconds that this process has computed: a busy machine counts for less than on the clock. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Nanoseconds of one decision, over at least {@link MILLISECONDS}. */
function timeOf({ rehearsal, replay: again }: Contender): number {
  const start = processorTime();
  const { length } = rehearsal.turns;
  let runs = 0;
  let elapsed = 0;
  do {
    // Asking for the time takes about as long as ten decisions.
    for (let decisions = 0; decisions < 1000; decisions += length) {
      sink += again(rehearsal);
      runs += 1;
    }
    elapsed = processorTime() - start;
  } while (elapsed < MILLISECONDS);
  return (elapsed * 1e6) / (runs * length);
}

async function measure(rounds: number): Promise<readonly Row[]> {
  const contenders: Contender[] = [];
  for (const factory of anyCore.listPolicies())
    contenders.push(...[await contenderOf(factory)].flatMap((one) => one ?? []));
  // Warms up: compiling what is hot takes longer than a turn in a round.
  for (const contender of contenders) for (let turn = 0; turn < 20; turn++) timeOf(contender);
  for (let round = 0; round < rounds; round++)
    for (const contender of contenders) {
      // What the policy before left behind shall not count for this one.
      timeOf(contender);
      contender.times.push(timeOf(contender));
    }
  return contenders.map(({ factory, rehearsal, times }) => ({
    policy: factory.policyName,
    id: rehearsal.policy.id,
    decisions: rehearsal.turns.length,
    decisionsPerSecond: 1e9 / median(times),
    nanoseconds: median(times),
    barred: isBarred(rehearsal, factory),
  }));
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, json: { type: 'string' } },
});
const rounds = Number(values.rounds);
const rows = await measure(rounds);
console.table(
  rows.map(({ policy, decisions, decisionsPerSecond, nanoseconds, barred }) => ({
    policy,
    'decisions a run': decisions,
    'million decisions a second': (decisionsPerSecond / 1e6).toFixed(2),
    'ns a decision': nanoseconds.toFixed(0),
    'must reach': barred ? `${BAR / 1e6} million` : '',
  })),
);
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  node: process.version,
  load: loadavg()[0],
};
console.log(
  `${machine.processor}, ${machine.processors} processors, Node ${machine.node}, load average ` +
    `${machine.load?.toFixed(2)}; medians of ${rounds} rounds (sink ${sink.toExponential(1)})`,
);
const slow = rows.filter(({ barred, decisionsPerSecond }) => barred && decisionsPerSecond < BAR);
for (const { policy, nanoseconds } of slow)
  console.error(`${policy}: ${nanoseconds.toFixed(0)} ns a decision, which is below a million a second`);
if (slow.length > 0) process.exitCode = 1;
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ ...machine, rounds, bar: BAR, rows }, null, 2)}\n`);
