/**
 * Study 2: BWCache's threshold δ and reuse interval R against quality and speed, still against fast prompts, both forms.
 *
 * Run it (ten minutes or more): npx tsx --conditions=@refrain/source bench/studies/thresholds.ts [--write]
 */
import { psnr, ssim } from '@refrain/diffusion';
import { FAST as ALL_FAST, openLatte, STILL as ALL_STILL, type Latte } from './latte.ts';
import { fillPage, mean, percent, table } from './page.ts';

const PAGE = 'thresholds.md';
const [STILL, FAST] = [ALL_STILL.slice(0, 2), ALL_FAST.slice(0, 2)];
const DELTAS = [0.05, 0.1, 0.15, 0.2, 0.25] as const;
const INTERVALS = ['5%', '10%', '15%', '20%'] as const;

/** What came of one policy on some prompts, on average. */
interface Outcome {
  readonly reuse: number;
  readonly decibels: number;
  readonly similarity: number;
  /** First step that reuses something. */
  readonly first: number;
}

async function plainLatents(latte: Latte): Promise<ReadonlyMap<string, Float32Array>> {
  const latents = new Map<string, Float32Array>();
  for (const prompt of [...STILL, ...FAST])
    latents.set(prompt, (await latte.generate('never()', prompt)).latent);
  return latents;
}

async function outcomeOf(
  latte: Latte,
  policy: string,
  prompts: readonly string[],
  plain: ReadonlyMap<string, Float32Array>,
): Promise<Outcome> {
  const all: Outcome[] = [];
  for (const prompt of prompts) {
    const { latent, report } = await latte.generate(policy, prompt);
    const reference = latte.pipeline.toVideo(plain.get(prompt) ?? latent);
    const video = latte.pipeline.toVideo(latent);
    all.push({
      reuse: report.reuseRate,
      decibels: Math.min(100, psnr(video, reference)),
      similarity: ssim(video, reference),
      first: report.decisions.find(({ did }) => did === 'reused')?.step ?? Number.NaN,
    });
  }
  const of = (value: (one: Outcome) => number): number => mean(all.map(value));
  return {
    reuse: of(({ reuse }) => reuse),
    decibels: of(({ decibels }) => decibels),
    similarity: of(({ similarity }) => similarity),
    first: of(({ first }) => first),
  };
}

function cells({ reuse, decibels, similarity, first }: Outcome): readonly string[] {
  return [first.toFixed(1), percent(reuse), decibels.toFixed(1), similarity.toFixed(4)];
}

const latte = await openLatte();
const plain = await plainLatents(latte);
const HEAD = [
  'δ',
  'R',
  ...['still', 'fast'].flatMap((kind) => [`first reuse, ${kind}`, 'reuse', 'PSNR', 'SSIM']),
];
for (const form of ['released', 'paper']) {
  const rows: (readonly string[])[] = [];
  for (const threshold of DELTAS)
    for (const interval of INTERVALS) {
      const policy = `bwcache(threshold=${threshold},interval=${interval},form=${form},stride=61)`;
      process.stderr.write(`${policy}\n`);
      const still = await outcomeOf(latte, policy, STILL, plain);
      const fast = await outcomeOf(latte, policy, FAST, plain);
      rows.push([`${threshold}`, interval, ...cells(still), ...cells(fast)]);
    }
  fillPage(PAGE, form, table(HEAD, rows));
}
await latte.pipeline.dispose();
