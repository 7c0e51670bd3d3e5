/**
 * Chooses the default parameters of `refrain compare` on latte-mini: of all settings of a policy that reuse at least a
 * wanted share of the sites, the one whose worst prompt keeps the best PSNR. The prompts are other ones than those of
 * `npm start`. Reuse and PSNR do not depend on the machine's speed.
 *
 * Run it (about 25 minutes on two cores): npx tsx --conditions=@refrain/source bench/choose-defaults.ts
 */
import { mean, openTrial, type Figures } from './trial.ts';

const PROMPTS = [
  'medium blue circle spin slow gray',
  'large yellow square right fast black',
  'small white star static gradient',
];

/** Settings to try by family, and the share of sites that a setting must reuse to be a candidate. */
const FAMILIES: readonly { readonly atLeast: number; readonly settings: readonly string[] }[] = [
  {
    atLeast: 0.45,
    settings: grid(
      ['threshold=0.04', 'threshold=0.05', 'threshold=0.07', 'threshold=0.1', 'threshold=0.15'],
      ['interval=1', 'interval=2', 'interval=10%'],
    ).map((options) => `bwcache(${options})`),
  },
  {
    atLeast: 0.45,
    settings: grid(
      ['threshold=0.03', 'threshold=0.05', 'threshold=0.08', 'threshold=0.1', 'threshold=0.15'],
      ['interval=1', 'interval=2', 'interval=10%'],
    ).map((options) => `bwcache(${options},form=paper)`),
  },
  {
    atLeast: 0.45,
    settings: ['0.04', '0.06', '0.08', '0.1', '0.12', '0.15', '0.2'].map(
      (value) => `teacache(threshold=${value})`,
    ),
  },
  { atLeast: 0.45, settings: ['fora(interval=2)', 'fora(interval=3)', 'fora(interval=4)'] },
  {
    atLeast: 0.25,
    settings: grid(
      [
        'spatial=2,temporal=2,cross=2',
        'spatial=2,temporal=2,cross=4',
        'spatial=2,temporal=4,cross=6',
        'spatial=3,temporal=3,cross=6',
      ],
      ['low=450,high=930', 'low=300,high=995', 'low=100,high=995'],
    ).map((options) => `pab(${options})`),
  },
];

function grid(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.flatMap((one) => second.map((other) => `${one},${other}`));
}

function line({ policy, reuseRate, decibels, similarity }: Figures, chosen: boolean): string {
  const figures = [
    `${(reuseRate * 100).toFixed(1)} %`,
    Math.min(...decibels).toFixed(2),
    mean(decibels).toFixed(2),
    similarity.toFixed(4),
  ];
  return `| ${chosen ? `**${policy}**` : policy} | ${figures.join(' | ')} |`;
}

const trial = await openTrial(PROMPTS, 11);
console.log('| policy | reuse | worst PSNR | mean PSNR | mean SSIM |\n|---|---|---|---|---|');
for (const { atLeast, settings } of FAMILIES) {
  const figures: Figures[] = [];
  for (const setting of settings) figures.push(await trial.run(setting));
  const [best] = figures
    .filter(({ reuseRate }) => reuseRate >= atLeast)
    .toSorted((a, b) => Math.min(...b.decibels) - Math.min(...a.decibels));
  for (const one of figures) console.log(line(one, one === best));
}
await trial.dispose();
