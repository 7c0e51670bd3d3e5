// The long run: fuzzes every policy of the catalogue, one after the other, and writes what was tried into a file, which
// a run that was interrupted goes on with. `npm run fuzz -- --cases 1000000 --seed 1 --out fuzz.json [--policies a,b]`
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

/** What is recorded of a policy. */
interface Recorded {
  readonly policy: string;
  readonly seed: number;
  readonly tally: FuzzTally;
}

const seed = Number(values.seed);
const cases = Number(values.cases);
const names = values.policies?.split(',');
const { out } = values;
const done: Recorded[] = out && existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as Recorded[]) : [];
console.log(`fuzz: seed ${seed}, ${cases} cases a policy`);

for (const { policyName: name } of listPolicies()) {
  if (names && !names.includes(name)) continue;
  if (done.some(({ policy }) => policy === name)) continue;
  const { tally, failure } = await fuzzPolicy(registered(name), {
    runs: registeredRuns(name),
    capabilities: registeredCapabilities(name),
    cases,
    seed,
    walksPerRun: Number(values['walks-per-run']),
  });
  if (failure) {
    console.log(describeFailure(failure));
    process.exitCode = 1;
    continue;
  }
  const { seconds, executed, decisions, states } = tally;
  console.log(
    `${name}: ${tally.cases} cases (${executed} executed), ${decisions} decisions, ${states} states, ${seconds.toFixed(0)} s`,
  );
  done.push({ policy: name, seed, tally });
  if (out) writeFileSync(out, `${JSON.stringify(done, null, 2)}\n`);
}
