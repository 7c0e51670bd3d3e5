/**
 * Study 4: is relative L1 a good predictor of damage? Every single step of a generation is reused once, everything else
 * computed, and what that does to the video is compared with what indicators said of the step.
 *
 * Run it (half an hour): npx tsx --conditions=@refrain/source bench/studies/predictor.ts [--write]
 */
import { psnr, ssim } from '@refrain/diffusion';
import type { Recording } from '@refrain/sim';
import { FAST, openLatte, STILL, type Latte } from './latte.ts';
import { fillPage, mean, percent, rankCorrelation, table } from './page.ts';
import { isModulated, isOutput, meanOfRows, relativeChanges } from './series.ts';

const PAGE = 'predictor.md';

/** One step that was reused alone. */
interface Damage {
  readonly prompt: string;
  readonly step: number;
  /** −PSNR in decibels, so that more is worse. */
  readonly decibels: number;
  /** 1 − SSIM. */
  readonly dissimilarity: number;
  /** Values of the indicators before the step. */
  readonly indicators: Readonly<Record<string, number>>;
}

/** Indicators of each step from 1 on. */
function indicatorsOf(recording: Recording): Readonly<Record<string, readonly number[]>> {
  const { length } = recording.stream;
  const residual = relativeChanges(
    recording,
    (tap) => tap.of === 'residual' && tap.from === 0 && tap.until === length,
  );
  const first = relativeChanges(recording, (tap) => tap.of === 'modulated' && tap.at === 0);
  const step = recording.timesteps.map((timestep, index) => timestep - (recording.timesteps[index + 1] ?? 0));
  const l1 = meanOfRows(residual);
  return {
    'relative L1, modulated inputs (BWCache, code)': meanOfRows(relativeChanges(recording, isModulated)),
    'relative L1, block outputs (BWCache, paper)': meanOfRows(relativeChanges(recording, isOutput)),
    'relative L1, first modulated input (TeaCache)': meanOfRows(first),
    'relative L1, residual of the stack': l1,
    'relative L2, residual of the stack': fromProducts(recording, ({ now, before, both }) =>
      Math.sqrt(Math.max(0, now + before - 2 * both) / before),
    ),
    '1 − cosine, residual of the stack': fromProducts(
      recording,
      ({ now, before, both }) => 1 - both / Math.sqrt(now * before),
    ),
    'relative L1 of the residual × length of the step': l1.map((value, at) => value * (step[at + 1] ?? 0)),
  };
}

/** Inner products of a step with itself, of the one before with itself, and of both. */
interface Products {
  readonly now: number;
  readonly before: number;
  readonly both: number;
}

function fromProducts(
  { lanes, steps }: Recording,
  measure: (products: Products) => number,
): readonly number[] {
  return Array.from({ length: steps - 1 }, (_, earlier) => {
    const step = earlier + 1;
    const values = lanes.map(({ products }) =>
      measure({
        now: products?.[step * steps + step] ?? Number.NaN,
        before: products?.[earlier * steps + earlier] ?? Number.NaN,
        both: products?.[step * steps + earlier] ?? Number.NaN,
      }),
    );
    return mean(values);
  });
}

async function damagesOf(latte: Latte, prompt: string): Promise<readonly Damage[]> {
  const { steps } = latte.sampler;
  const plain = latte.pipeline.toVideo((await latte.generate('never()', prompt)).latent);
  const indicators = indicatorsOf(await latte.recording(prompt));
  const damages: Damage[] = [];
  for (let step = 1; step < steps; step++) {
    process.stderr.write(`${prompt}: step ${step}\n`);
    const mask = Array.from({ length: steps }, (_, at) => (at === step ? '0' : '1')).join('');
    const { latent } = await latte.generate(`fixed(mask=${mask})`, prompt);
    const video = latte.pipeline.toVideo(latent);
    const values = Object.entries(indicators).map(([name, series]) => [name, series[step - 1] ?? Number.NaN]);
    damages.push({
      prompt,
      step,
      decibels: -psnr(video, plain),
      dissimilarity: 1 - ssim(video, plain),
      indicators: Object.fromEntries(values) as Record<string, number>,
    });
  }
  return damages;
}

function correlations(damages: readonly Damage[]): string {
  const names = Object.keys(damages[0]?.indicators ?? {});
  const prompts = [...new Set(damages.map(({ prompt }) => prompt))];
  const rows = names.map((name) => {
    const within = prompts.map((prompt) => {
      const own = damages.filter((damage) => damage.prompt === prompt);
      const values = own.map(({ indicators }) => indicators[name] ?? Number.NaN);
      return {
        psnr: rankCorrelation(
          values,
          own.map(({ decibels }) => decibels),
        ),
        ssim: rankCorrelation(
          values,
          own.map(({ dissimilarity }) => dissimilarity),
        ),
      };
    });
    const all = damages.map(({ indicators }) => indicators[name] ?? Number.NaN);
    const pooled = rankCorrelation(
      all,
      damages.map(({ decibels }) => decibels),
    );
    const worst = Math.min(...within.map((one) => one.psnr));
    return [
      name,
      ...[mean(within.map((one) => one.psnr)), worst, mean(within.map((one) => one.ssim)), pooled].map(
        (value) => value.toFixed(2),
      ),
    ];
  });
  return table(['indicator', 'with PSNR', 'worst prompt', 'with SSIM', 'all prompts together'], rows);
}

/** A step is harmful when reusing it alone costs more than this many decibels against 60 dB. */
const HARMFUL = -60;

function errorRates(damages: readonly Damage[]): string {
  const names = Object.keys(damages[0]?.indicators ?? {});
  const rows = names.flatMap((name) =>
    [0.25, 0.5, 0.75].map((share) => {
      const values = damages.map(({ indicators }) => indicators[name] ?? Number.NaN);
      const threshold = values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
      const reused = damages.filter((_, index) => (values[index] ?? Number.NaN) < threshold);
      const computed = damages.filter((_, index) => !((values[index] ?? Number.NaN) < threshold));
      const harmful = damages.filter(({ decibels }) => decibels > HARMFUL).length;
      const missed = reused.filter(({ decibels }) => decibels > HARMFUL).length;
      const needless = computed.filter(({ decibels }) => decibels <= HARMFUL).length;
      return [
        name,
        threshold.toPrecision(2),
        percent(share, 0),
        `${missed} (${percent(missed / harmful, 0)})`,
        `${needless} (${percent(needless / (damages.length - harmful), 0)})`,
      ];
    }),
  );
  return table(
    ['indicator', 'threshold', 'steps below it', 'harmful steps reused', 'harmless steps computed'],
    rows,
  );
}

const latte = await openLatte();
const damages: Damage[] = [];
for (const prompt of [...STILL.slice(0, 2), ...FAST.slice(0, 2)])
  damages.push(...(await damagesOf(latte, prompt)));
await latte.pipeline.dispose();
const harmful = damages.filter(({ decibels }) => decibels > HARMFUL).length;
fillPage(PAGE, 'correlations', correlations(damages));
fillPage(
  PAGE,
  'errors',
  `${harmful} of ${damages.length} steps are harmful: reusing the step alone leaves less than 60 dB.\n\n${errorRates(damages)}`,
);
