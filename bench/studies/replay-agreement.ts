/**
 * How well replay foretells closed-loop runs of the real model: decisions, speed-up, and the order of the damage. Takes the
 * results of `refrain compare --policies docs/policies/latte-mini.txt --json all.json` and records the same prompts.
 *
 * Run it on a quiet machine, right after the comparison (two minutes):
 * npx tsx --conditions=@refrain/source bench/studies/replay-agreement.ts all.json [--write]
 */
import { readFileSync } from 'node:fs';
import { parsePolicy } from '@refrain/core';
import { measureCosts, replay, type Recording, type Replay } from '@refrain/sim';
import type { Comparison } from '../../packages/refrain/src/compare/comparison.ts';
import { openLatte } from './latte.ts';
import { fillPage, mean, percent, rankCorrelation, table } from './page.ts';

const PAGE = '../record-and-replay.md';

type Row = Comparison['rows'][number];

/** A row of the comparison with what replay says of it. */
interface Pair {
  readonly row: Row;
  readonly replayed: Replay;
}

function equalDigits({ row, replayed }: Pair): number {
  const [ran, told] = [row.mask, replayed.mask].map((mask) => Object.values(mask).join(''));
  return mean(Array.from(ran ?? '', (digit, index) => (digit === told?.[index] ? 1 : 0)));
}

/** Where a run first left the plain one, replay saw the same features until then. */
function sameUntilFirstReuse({ row, replayed }: Pair): boolean {
  return Object.entries(row.mask).every(([lane, ran]) => {
    const first = ran.search(/[0p]/);
    return first < 0 || replayed.mask[lane]?.slice(0, first + 1) === ran.slice(0, first + 1);
  });
}

function lineOf(policy: string, pairs: readonly Pair[]): readonly string[] {
  const measured = mean(pairs.map(({ row }) => row.speedup));
  const predicted = mean(pairs.map(({ replayed }) => replayed.speedup ?? Number.NaN));
  const drift = pairs.map(({ replayed }) => replayed.drift ?? Number.NaN);
  const bytes = (value: number): string => `${(value / 1e6).toFixed(2)} MB`;
  return [
    `\`${policy}\``,
    percent(mean(pairs.map(equalDigits))),
    `${predicted.toFixed(2)}× / ${measured.toFixed(2)}×`,
    percent(predicted / measured - 1),
    Number.isNaN(mean(drift)) ? '–' : mean(drift).toFixed(3),
    `${bytes(Math.max(...pairs.map(({ replayed }) => replayed.bytesHeld)))} / ${bytes(Math.max(...pairs.map(({ row }) => row.bytesHeld)))}`,
  ];
}

const file = process.argv.find((argument) => argument.endsWith('.json'));
if (!file) throw new Error('expected the results of refrain compare: all.json');
const { rows } = JSON.parse(readFileSync(file, 'utf8')) as Comparison;
const latte = await openLatte();
const { pipeline } = latte;
const input = pipeline.input(new Float32Array(pipeline.latentLength), 500, await pipeline.embed(undefined));
const at = { step: 0, call: 0, branch: 'unconditional', timestep: 500 };
const costs = await measureCosts(pipeline.runner, { input, at, rounds: 15 });
const recordings = new Map<string, Recording>();
for (const prompt of new Set(rows.map((row) => row.prompt)))
  recordings.set(prompt, await latte.recording(prompt, { costs }));
await pipeline.dispose();
const pairs = rows.flatMap((row): Pair[] => {
  const recording = recordings.get(row.prompt);
  return recording ? [{ row, replayed: replay(parsePolicy(row.policy), recording) }] : [];
});
const policies = [...new Set(rows.map(({ policy }) => policy))];
const lines = policies.map((policy) =>
  lineOf(
    policy,
    pairs.filter(({ row }) => row.policy === policy),
  ),
);
const off = policies.map((policy) => {
  const own = pairs.filter(({ row }) => row.policy === policy);
  return Math.abs(
    mean(own.map(({ replayed }) => replayed.speedup ?? Number.NaN)) /
      mean(own.map(({ row }) => row.speedup)) -
      1,
  );
});
const exact = pairs.filter((pair) => equalDigits(pair) === 1).length;
const correlations = [...recordings.keys()].map((prompt) => {
  const own = pairs.filter(
    ({ row, replayed }) => row.prompt === prompt && row.psnr !== null && replayed.drift !== null,
  );
  return rankCorrelation(
    own.map(({ replayed }) => replayed.drift ?? Number.NaN),
    own.map(({ row }) => -(row.psnr ?? Number.NaN)),
  );
});
fillPage(
  PAGE,
  'agreement',
  [
    `${percent(mean(pairs.map(equalDigits)))} of all decisions (a step of a branch each) are the same; in ${exact} of ${pairs.length} runs all of them are. ` +
      `Up to the first reuse they agree in ${pairs.filter(sameUntilFirstReuse).length} of ${pairs.length} runs.`,
    '',
    `The predicted speed-up is within 3 % of the measured one for ${off.filter((value) => value <= 0.03).length} of ${off.length} settings, within 5 % for ${off.filter((value) => value <= 0.05).length}.`,
    '',
    `Rank correlation of predicted drift with lost PSNR over the settings, by prompt: ${correlations.map((value) => value.toFixed(2)).join(', ')}.`,
    '',
    table(
      [
        'setting',
        'equal decisions',
        'speed-up, predicted / measured',
        'off by',
        'predicted drift',
        'held, predicted / measured',
      ],
      lines,
    ),
  ].join('\n'),
);
