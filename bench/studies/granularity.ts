/**
 * Study 3: step, block and attention level at equal speed, and at equal quality. Every family is generated at several
 * settings; speed is what replay predicts from the costs in latte-mini-costs.json (written by `measured-costs.ts` on a quiet
 * machine), so that it does not depend on noise.
 *
 * Run it (ten minutes): npx tsx --conditions=@refrain/source bench/studies/granularity.ts [--write]
 */
import { parsePolicy } from '@refrain/core';
import { psnr } from '@refrain/diffusion';
import { replay, type Recording } from '@refrain/sim';
import { FAST, openLatte, STILL } from './latte.ts';
import { latteCosts } from './latte-costs.ts';
import { fillPage, mean, percent, table } from './page.ts';

const PAGE = 'granularity.md';
const SPEED = 1.4;
const DECIBELS = 42;
const PROMPTS = [...STILL.slice(0, 2), ...FAST.slice(0, 2)];

/** Settings of one rule, from slow to fast. */
const FAMILIES: readonly { readonly level: string; readonly settings: readonly string[] }[] = [
  {
    level: 'step',
    settings: [0.04, 0.05, 0.06, 0.07, 0.08, 0.09].map((value) => `teacache(threshold=${value},stride=61)`),
  },
  {
    level: 'step',
    settings: [0.3, 0.5, 0.7, 0.9, 1].map(
      (until) => `within(fora(interval=2,cache=stack),from=0.1,until=${until})`,
    ),
  },
  {
    level: 'block',
    settings: [0.035, 0.04, 0.045, 0.05, 0.06, 0.08].map(
      (value) => `bwcache(threshold=${value},interval=1,stride=61)`,
    ),
  },
  {
    level: 'block',
    settings: [0.035, 0.04, 0.045, 0.05, 0.06, 0.08].map((value) => `fbcache(threshold=${value},stride=61)`),
  },
  {
    level: 'attention',
    settings: [
      [2, 2, 2],
      [2, 2, 3],
      [2, 3, 3],
      [3, 3, 3],
    ].map(
      ([spatial, temporal, cross]) =>
        `pab(spatial=${spatial},temporal=${temporal},cross=${cross},low=300,high=995)`,
    ),
  },
  {
    level: 'attention',
    settings: [0.4, 0.6, 0.8, 1].map((until) => `within(fora(interval=2),from=0.1,until=${until})`),
  },
];

/** One setting on all prompts, on average. */
interface Point {
  readonly policy: string;
  readonly reuse: number;
  readonly speed: number;
  readonly decibels: number;
}

/** The rule without its numbers; FORA's two forms by what they cache. */
function labelOf(setting: string): string {
  if (!setting.includes('fora')) return `\`${/^\w+/.exec(setting)?.[0] ?? ''}\``;
  return setting.includes('cache=stack')
    ? '`fora(cache=stack)` in a window'
    : '`fora` of modules in a window';
}

/** Where a line through the points of a family meets a value; null outside of them. */
function meet(
  points: readonly Point[],
  at: keyof Omit<Point, 'policy'>,
  value: number,
  wanted: keyof Omit<Point, 'policy'>,
): number | null {
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    if (!next || (point[at] - value) * (next[at] - value) > 0) continue;
    const share = next[at] === point[at] ? 0 : (value - point[at]) / (next[at] - point[at]);
    return point[wanted] + share * (next[wanted] - point[wanted]);
  }
  return null;
}

const latte = await openLatte();
const costs = latteCosts();
const subjects: { readonly prompt: string; readonly plain: Float32Array; readonly recording: Recording }[] =
  [];
for (const prompt of PROMPTS) {
  process.stderr.write(`${prompt}\n`);
  const plain = (await latte.generate('never()', prompt)).latent;
  subjects.push({ prompt, plain, recording: await latte.recording(prompt, { products: false }) });
}
const rows: (readonly string[])[] = [];
const summary: (readonly string[])[] = [];
for (const { level, settings } of FAMILIES) {
  const points: Point[] = [];
  for (const policy of settings) {
    process.stderr.write(`${policy}\n`);
    const outcomes: { reuse: number; speed: number; decibels: number }[] = [];
    for (const { prompt, plain, recording } of subjects) {
      const { latent, report } = await latte.generate(policy, prompt);
      const { speedup } = replay(parsePolicy(policy), recording, { costs });
      const decibels = psnr(latte.pipeline.toVideo(latent), latte.pipeline.toVideo(plain));
      outcomes.push({
        reuse: report.reuseRate,
        speed: speedup ?? Number.NaN,
        decibels: Math.min(100, decibels),
      });
    }
    const point = {
      policy,
      reuse: mean(outcomes.map(({ reuse }) => reuse)),
      speed: mean(outcomes.map(({ speed }) => speed)),
      decibels: mean(outcomes.map(({ decibels }) => decibels)),
    };
    points.push(point);
    rows.push([
      level,
      `\`${policy}\``,
      percent(point.reuse),
      `${point.speed.toFixed(2)}×`,
      point.decibels.toFixed(1),
    ]);
  }
  const quality = meet(points, 'speed', SPEED, 'decibels');
  const speed = meet(points, 'decibels', DECIBELS, 'speed');
  summary.push([
    level,
    labelOf(settings[0] ?? ''),
    quality === null ? '–' : `${quality.toFixed(1)} dB`,
    speed === null ? '–' : `${speed.toFixed(2)}×`,
  ]);
}
await latte.pipeline.dispose();
fillPage(PAGE, 'settings', table(['level', 'setting', 'reuse', 'predicted speed-up', 'PSNR'], rows));
fillPage(PAGE, 'equal', table(['level', 'rule', `PSNR at ${SPEED}×`, `speed-up at ${DECIBELS} dB`], summary));
