/**
 * Study 5: what sketching costs. The same generations are recorded with sketches of several sizes, and policies replayed on
 * them: how far do indicators err, and how many decisions change?
 *
 * Run it (five minutes): npx tsx --conditions=@refrain/source bench/studies/sketches.ts [--write]
 */
import { parsePolicy, refrain, never, type Tap } from '@refrain/core';
import { replay, type Recording } from '@refrain/sim';
import { FAST, openLatte, STILL, type Latte } from './latte.ts';
import { fillPage, percent, quantile, table } from './page.ts';
import { isModulated, isOutput, meanOfRows, relativeChanges } from './series.ts';

const PAGE = 'sketches.md';
const STRIDES = [1, 7, 61, 251, 1021, 4093, 16381] as const;
const THRESHOLDS = Array.from({ length: 20 }, (_, index) => Number((0.02 * 1.16 ** index).toPrecision(3)));
const FAMILIES = [
  'teacache(threshold={})',
  'bwcache(threshold={},interval=1)',
  'bwcache(threshold={},interval=1,form=paper)',
  'fbcache(threshold={})',
];

/** Only what the families look at: whole features of all steps are large. */
function tapsOf({ pipeline }: Latte): readonly Tap[] {
  const { blocks } = refrain(pipeline.runner, never()).stream;
  return [
    ...blocks.map(({ from }): Tap => ({ of: 'modulated', at: from })),
    ...blocks.map(({ until }): Tap => ({ of: 'stream', at: until })),
    { of: 'residual', from: 0, until: blocks[0]?.until ?? 1 },
  ];
}

/** Relative errors of all indicator values: of single blocks, and of the means over blocks. */
function errorsOf(sketched: Recording, exact: Recording, mean: boolean): readonly number[] {
  return [isModulated, isOutput].flatMap((wanted) => {
    const [estimates, truths] = [sketched, exact].map((recording) => {
      const rows = relativeChanges(recording, wanted);
      return mean ? meanOfRows(rows) : rows.flat();
    }) as [readonly number[], readonly number[]];
    return estimates.map((value, index) => Math.abs(value / (truths[index] ?? Number.NaN) - 1));
  });
}

/** Shares of equal decisions, and of runs in which all are equal. */
function agreement(
  pairs: readonly (readonly [Recording, Recording])[],
  family: string,
): readonly [number, number] {
  let [equal, all, runs, same] = [0, 0, 0, 0];
  for (const threshold of THRESHOLDS) {
    const policy = parsePolicy(family.replace('{}', `${threshold}`));
    for (const [sketched, exact] of pairs) {
      const masks = [sketched, exact].map((recording) =>
        Object.values(replay(policy, recording).mask).join(''),
      );
      const [estimate = '', truth = ''] = masks;
      const matches = Array.from(truth).filter((digit, index) => digit === estimate[index]).length;
      equal += matches;
      all += truth.length;
      runs += 1;
      if (matches === truth.length) same += 1;
    }
  }
  return [equal / all, same / runs];
}

/** Chebyshev at 95 %, for a random sample of independent normal elements: both means have a deviation of 0.756 of themselves. */
function bound(elements: number, stride: number): number {
  const sample = Math.floor(elements / stride);
  const deviation = Math.sqrt((2 * 0.756 ** 2 * (1 - sample / elements)) / sample);
  return deviation / Math.sqrt(0.05);
}

const latte = await openLatte();
const taps = tapsOf(latte);
const recordings = new Map<number, Recording[]>();
for (const prompt of [...STILL.slice(0, 2), ...FAST.slice(0, 2)])
  for (const stride of STRIDES) {
    process.stderr.write(`${prompt}: stride ${stride}\n`);
    const made = recordings.get(stride) ?? [];
    recordings.set(stride, made);
    made.push(await latte.recording(prompt, { stride, taps, products: false }));
  }
await latte.pipeline.dispose();
const exact = recordings.get(1) ?? [];
const elements = exact[0]?.taps.find(({ tap }) => isOutput(tap))?.elements ?? 0;
const errorRows: (readonly string[])[] = [];
const agreementRows: (readonly string[])[] = [];
for (const stride of STRIDES) {
  if (stride === 1) continue;
  const pairs = (recordings.get(stride) ?? []).flatMap((sketched, index) => {
    const truth = exact[index];
    return truth ? [[sketched, truth] as const] : [];
  });
  const single = pairs.flatMap(([sketched, truth]) => errorsOf(sketched, truth, false));
  const means = pairs.flatMap(([sketched, truth]) => errorsOf(sketched, truth, true));
  const size = [`${stride}`, `${Math.ceil(elements / stride)}`];
  errorRows.push([
    ...size,
    ...[
      quantile(single, 0.5),
      quantile(single, 0.95),
      Math.max(...single),
      quantile(means, 0.95),
      bound(elements, stride),
    ].map((value) => percent(value, 2)),
  ]);
  agreementRows.push([
    ...size,
    ...FAMILIES.map((family) => {
      const [decisions, runs] = agreement(pairs, family);
      return `${percent(decisions)} (${percent(runs, 0)})`;
    }),
  ]);
}
fillPage(
  PAGE,
  'errors',
  table(
    ['stride', 'elements', 'median error', '95 %', 'largest', 'mean over blocks, 95 %', 'bound at 95 %'],
    errorRows,
  ),
);
fillPage(
  PAGE,
  'agreement',
  table(
    ['stride', 'elements', ...FAMILIES.map((family) => `\`${family.replace('={}', '=…')}\``)],
    agreementRows,
  ),
);
