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
import type { AnyPolicyFactory, Policy } from '@refrain/core';
import { median } from '../packages/refrain/src/report/statistics.ts';
import { packagedCore } from './decisions/packaged-core.ts';
import { rehearse, replay, type Rehearsal } from './decisions/rehearsal.ts';

/** Decisions a second that a threshold policy must reach. */
const BAR = 1e6;
/** How long each policy runs in a round. */
const MILLISECONDS = 10;

const core = await packagedCore();

/** Ids for policies that mean nothing without options. Combinators combine TeaCache where nothing stands here. */
const examples: Readonly<Record<string, string>> = {
  fixed: `fixed(mask=11${'0001'.repeat(12)})`,
  magcache: 'magcache(model=flux)',
  recorded: `recorded(trace=${core.traceOf((await rehearse(core, core.bwcache())).report)})`,
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

function exampleOf(factory: AnyPolicyFactory): Policy {
  const id = examples[factory.policyName];
  if (id !== undefined) return core.parsePolicy(id);
  return factory.fromText(
    {},
    Array.from({ length: factory.combines?.min ?? 0 }, () => core.parsePolicy('teacache')),
  );
}

async function rehearsalOf(factory: AnyPolicyFactory): Promise<Rehearsal> {
  try {
    return await rehearse(core, exampleOf(factory));
  } catch (cause) {
    const hint = 'give an id with options for it in the table of examples';
    throw new Error(`[bench] ${factory.policyName} does not run as it is: ${hint}`, { cause });
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
function timeOf(rehearsal: Rehearsal): number {
  const start = processorTime();
  let runs = 0;
  let elapsed = 0;
  do {
    // Asking for the time takes about as long as ten decisions.
    for (let decisions = 0; decisions < 1000; decisions += rehearsal.turns.length) {
      sink += replay(rehearsal);
      runs += 1;
    }
    elapsed = processorTime() - start;
  } while (elapsed < MILLISECONDS);
  return (elapsed * 1e6) / (runs * rehearsal.turns.length);
}

async function measure(rounds: number): Promise<readonly Row[]> {
  const contenders = [];
  for (const factory of core.listPolicies()) {
    const rehearsal = await rehearsalOf(factory);
    contenders.push({ factory, rehearsal, times: [] as number[] });
  }
  // The first rounds warm up and do not count.
  for (let round = -3; round < rounds; round++)
    for (const { rehearsal, times } of contenders) {
      const time = timeOf(rehearsal);
      if (round >= 0) times.push(time);
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
