/**
 * What an indicator costs in all: generations of the default policies that measure one, against the same decisions
 * replayed without measuring, interleaved step by step on latte-mini. That includes what a report cannot tell apart from
 * computing: taps as further outputs of a fused session, and looking while entering.
 *
 * Run it: npm run bench -- indicator [--rounds N] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { parsePolicy, recorded, traceOf } from '@refrain/core';
import { defaultPolicies } from '../packages/refrain/src/compare/defaults.ts';
import { runLockstep } from '../packages/refrain/src/compare/lockstep.ts';
import { median } from '@refrain/charts';
import { carryThrough, embedBranches, startCached } from '../packages/refrain/src/pipeline/generation.ts';
import { openPipeline } from '../packages/refrain/src/pipeline/pipeline.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const rounds = Number(values.rounds);
const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
const { steps, shift, guidanceScale: guidance } = pipeline.config.sampler;
const embeddings = await embedBranches(pipeline, 'large red circle bounce fast black', guidance);

/** Seconds of a measuring generation by seconds of its replay, round by round. */
async function ratiosOf(id: string): Promise<{ total: readonly number[]; reported: readonly number[] }> {
  const options = { steps, shift, guidance, seed: 7 };
  const measuring = parsePolicy(id);
  const report = await carryThrough(startCached(pipeline, measuring, embeddings, options), options, () => {});
  const replay = recorded({ trace: traceOf(report) });
  const total: number[] = [];
  const reported: number[] = [];
  // The first round compiles and warms up, and does not count.
  for (let round = 0; round <= rounds; round++) {
    const { cached } = await runLockstep(pipeline, [measuring, replay], embeddings, options, () => {});
    const [measured, replayed] = cached;
    if (round === 0 || !measured || !replayed) continue;
    if (JSON.stringify(measured.report.mask) !== JSON.stringify(replayed.report.mask))
      throw new Error('not the same decisions');
    total.push(measured.seconds / replayed.seconds);
    reported.push(measured.report.seconds.indicator / measured.seconds);
  }
  return { total, reported };
}

const results = [];
for (const policy of defaultPolicies.filter((id) => id.includes('stride='))) {
  const { total, reported } = await ratiosOf(policy);
  results.push({ policy, total, reported });
  const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
  console.log(policy);
  console.log(
    `  in all      ${percent(median(total) - 1)} (rounds ${total.map((ratio) => percent(ratio - 1)).join(', ')})`,
  );
  console.log(`  arithmetic  ${percent(median(reported))}`);
}
const load = loadavg()[0];
console.log(`load average ${load?.toFixed(2)}`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ rounds, results, load }, null, 2)}\n`);
await pipeline.dispose();
