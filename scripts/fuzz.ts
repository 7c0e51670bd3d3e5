// The long run: fuzzes every policy of the catalogue, one after the other, and writes what was tried into a file, which
// a run that was interrupted goes on with (slices of 20 000 cases are kept). `npm run fuzz -- --cases 1000000 --seed 1 --out fuzz.json [--policies a,b]`
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { listPolicies } from '@refrain/core';
import {
  describeFailure,
  fuzzPolicy,
  registered,
  registeredCapabilities,
  registeredRuns,
  type FuzzTally,
} from '@refrain/testing';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    'walks-per-run': { type: 'string', default: '100' },
    policies: { type: 'string' },
    out: { type: 'string' },
  },
});

/** What is recorded of a policy: the sums of what was tried, slice by slice. */
interface Recorded {
  readonly policy: string;
  readonly seed: number;
  /** Of all slices; states are those of the slice that met most of them. */
  readonly tally: FuzzTally;
}

/** As much as an interruption may cost, and a multiple of what one seed makes: slices are what one long run would be. */
const SLICE = 20_000;
const SEEDS_PER_SLICE = SLICE / 500;

const seed = Number(values.seed);
const cases = Number(values.cases);
const names = values.policies?.split(',');
const { out } = values;
const recorded = new Map<string, Recorded>();
if (out && existsSync(out))
  for (const one of JSON.parse(readFileSync(out, 'utf8')) as Recorded[]) {
    if (one.seed !== seed)
      throw new Error(`${out} is of seed ${one.seed}: go on with that, or take another file`);
    recorded.set(one.policy, one);
  }
console.log(`fuzz: seed ${seed}, ${cases} cases a policy`);

for (const { policyName: name } of listPolicies()) {
  if (names && !names.includes(name)) continue;
  if (!(await fuzz(name))) process.exitCode = 1;
}

/** Goes on with a policy where it was left; false if a law is broken. */
async function fuzz(name: string): Promise<boolean> {
  let tally = recorded.get(name)?.tally;
  while ((tally?.cases ?? 0) < cases) {
    const before = tally?.cases ?? 0;
    const result = await fuzzPolicy(registered(name), {
      runs: registeredRuns(name),
      capabilities: registeredCapabilities(name),
      cases: Math.min(SLICE, cases - before),
      seed: seed + (before / SLICE) * SEEDS_PER_SLICE,
      walksPerRun: Number(values['walks-per-run']),
    });
    if (result.failure) {
      console.log(describeFailure(result.failure));
      return false;
    }
    tally = tally ? sumOf(tally, result.tally) : result.tally;
    recorded.set(name, { policy: name, seed, tally });
    if (out) writeFileSync(out, `${JSON.stringify([...recorded.values()], null, 2)}\n`);
    if (tally.cases < cases) console.log(`  ${name}: ${tally.cases} of ${cases}, ${rateOf(tally)}`);
  }
  if (tally)
    console.log(
      `${name}: ${tally.cases} cases (${tally.executed} executed), ${tally.decisions} decisions, ${tally.states} states, ` +
        `${tally.seconds.toFixed(0)} s, ${rateOf(tally)}`,
    );
  return true;
}

function rateOf(tally: FuzzTally): string {
  return `${(tally.cases / tally.seconds).toFixed(0)} a second`;
}

function sumOf(one: FuzzTally, other: FuzzTally): FuzzTally {
  return {
    cases: one.cases + other.cases,
    walked: one.walked + other.walked,
    executed: one.executed + other.executed,
    steps: one.steps + other.steps,
    decisions: one.decisions + other.decisions,
    reused: one.reused + other.reused,
    states: Math.max(one.states, other.states),
    statesCapped: one.statesCapped || other.statesCapped,
    seconds: one.seconds + other.seconds,
  };
}
