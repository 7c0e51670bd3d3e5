/**
 * How well replay foretells closed-loop runs of the real model: decisions, speed-up, and the order of the damage. Every
 * setting of docs/policies/latte-mini.txt generates in turn with the plain model, step by step, a few settings at a time;
 * between these groups the costs of the model are measured, so that the predicted and the measured speed-up meet the same
 * minutes of the machine.
 *
 * Run it on a quiet machine (a quarter of an hour):
 * npx tsx --conditions=@refrain/source bench/studies/replay-agreement.ts [--write]
 */
import { readFileSync } from 'node:fs';
import { parsePolicy, type Policy } from '@refrain/core';
import { median } from '@refrain/charts';
import { replay, type CostModel, type Replay } from '@refrain/sim';
import type { ComparisonRow } from '../../packages/refrain/src/compare/comparison.ts';
import { defaultPrompts } from '../../packages/refrain/src/compare/defaults.ts';
import { runLockstep } from '../../packages/refrain/src/compare/lockstep.ts';
import { rowsOf } from '../../packages/refrain/src/compare/rows.ts';
import { embedBranches } from '../../packages/refrain/src/pipeline/generation.ts';
import { measureModelCosts } from '../../packages/refrain/src/pipeline/model-costs.ts';
import { openLatte } from './latte.ts';
import { fillPage, mean, percent, rankCorrelation, table } from './page.ts';

const PAGE = '../record-and-replay.md';
const SETTINGS = new URL('../../docs/policies/latte-mini.txt', import.meta.url);
/** Settings that generate in turn; more of them would take the processor's cache from each other. */
const GROUP = 5;

/** A run with what replay says of it. */
interface Pair {
  readonly row: ComparisonRow;
  readonly replayed: Replay;
}

function settings(): readonly Policy[] {
  const lines = readFileSync(SETTINGS, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => parsePolicy(line));
}

/** The medians of several measurements, field by field. */
function medianCosts(measured: readonly CostModel[]): CostModel {
  const [first] = measured;
  if (!first) throw new RangeError('expected at least one measurement of costs');
  const field = (of: (costs: CostModel) => number): number => median(measured.map(of));
  const list = (of: (costs: CostModel) => readonly number[]): readonly number[] =>
    of(first).map((_, index) => field((costs) => of(costs)[index] ?? Number.NaN));
  return {
    source: `${first.source}, medians of ${measured.length}`,
    frame: field(({ frame }) => frame),
    whole: list(({ whole }) => whole),
    value: list(({ value }) => value),
    stretch: field(({ stretch }) => stretch),
    reuse: field(({ reuse }) => reuse),
    keep: field(({ keep }) => keep),
    handOut: field(({ handOut = 0 }) => handOut),
    lowPass: field(({ lowPass = 0 }) => lowPass),
    indicator: field(({ indicator }) => indicator),
    sketchedIndicator: field(({ sketchedIndicator }) => sketchedIndicator),
  };
}

async function measurePairs(): Promise<readonly Pair[]> {
  const latte = await openLatte();
  const { pipeline } = latte;
  const policies = settings();
  const { steps, shift, guidanceScale: guidance } = pipeline.config.sampler;
  const options = { steps, shift, guidance, seed: 7 };
  const costs: CostModel[] = [];
  const rows: ComparisonRow[] = [];
  const generate = async (prompt: string, group: readonly Policy[]) =>
    runLockstep(pipeline, group, await embedBranches(pipeline, prompt, guidance), options, () => {});
  for (let at = 0; at < policies.length; at += GROUP) {
    const group = policies.slice(at, at + GROUP);
    // What a policy asks for first is compiled then.
    await generate(defaultPrompts[0] ?? '', group);
    costs.push(await measureModelCosts(pipeline));
    for (const prompt of defaultPrompts) {
      const round = await generate(prompt, group);
      costs.push(await measureModelCosts(pipeline));
      rows.push(...rowsOf(prompt, [round], costs.at(-1) as CostModel, (latent) => pipeline.toVideo(latent)));
      console.error(`${prompt}: ${Math.min(at + GROUP, policies.length)} of ${policies.length} settings`);
    }
  }
  const middle = medianCosts(costs);
  const pairs: Pair[] = [];
  for (const prompt of defaultPrompts) {
    const recording = await latte.recording(prompt, { costs: middle });
    for (const row of rows.filter((one) => one.prompt === prompt))
      pairs.push({ row, replayed: replay(parsePolicy(row.policy), recording) });
  }
  await pipeline.dispose();
  return pairs;
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

function speedups(pairs: readonly Pair[]): { readonly predicted: number; readonly measured: number } {
  return {
    predicted: mean(pairs.map(({ replayed }) => replayed.speedup ?? Number.NaN)),
    measured: mean(pairs.map(({ row }) => row.speedup)),
  };
}

function lineOf(policy: string, pairs: readonly Pair[]): readonly string[] {
  const { predicted, measured } = speedups(pairs);
  const drift = mean(pairs.map(({ replayed }) => replayed.drift ?? Number.NaN));
  const bytes = (values: readonly number[]): string => `${(Math.max(...values) / 1e6).toFixed(2)} MB`;
  return [
    `\`${policy}\``,
    percent(mean(pairs.map(equalDigits))),
    `${predicted.toFixed(2)}× / ${measured.toFixed(2)}×`,
    percent(predicted / measured - 1),
    Number.isNaN(drift) ? '–' : drift.toFixed(3),
    `${bytes(pairs.map(({ replayed }) => replayed.bytesHeld))} / ${bytes(pairs.map(({ row }) => row.bytesHeld))}`,
  ];
}

/** How well the order of predicted drifts is that of lost PSNR, over the settings of one prompt. */
function correlationOf(pairs: readonly Pair[]): number {
  const known = pairs.filter(({ row, replayed }) => row.psnr !== null && replayed.drift !== null);
  return rankCorrelation(
    known.map(({ replayed }) => replayed.drift ?? Number.NaN),
    known.map(({ row }) => -(row.psnr ?? Number.NaN)),
  );
}

const pairs = await measurePairs();
const byPolicy = [...new Set(pairs.map(({ row }) => row.policy))].map((policy) => ({
  policy,
  own: pairs.filter(({ row }) => row.policy === policy),
}));
const off = byPolicy.map(({ own }) => {
  const { predicted, measured } = speedups(own);
  return Math.abs(predicted / measured - 1);
});
const within = (share: number): number => off.filter((value) => value <= share).length;
const exact = pairs.filter((pair) => equalDigits(pair) === 1).length;
const correlations = defaultPrompts.map((prompt) =>
  correlationOf(pairs.filter(({ row }) => row.prompt === prompt)).toFixed(2),
);
fillPage(
  PAGE,
  'agreement',
  [
    `${percent(mean(pairs.map(equalDigits)))} of all decisions (a step of a branch each) are the same; in ${exact} of ${pairs.length} runs all of them are. ` +
      `Up to the first reuse they agree in ${pairs.filter(sameUntilFirstReuse).length} of ${pairs.length} runs.`,
    '',
    `The predicted speed-up is within 3 % of the measured one for ${within(0.03)} of ${off.length} settings, within 5 % for ${within(0.05)}, within 10 % for ${within(0.1)}.`,
    '',
    `Rank correlation of predicted drift with lost PSNR over the settings, by prompt: ${correlations.join(', ')}.`,
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
      byPolicy.map(({ policy, own }) => lineOf(policy, own)),
    ),
  ].join('\n'),
);
