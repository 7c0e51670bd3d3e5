import { maxAbsDifference, psnr, ssim, type Video } from '@refrain/diffusion';
import type { CostModel } from '@refrain/sim';
import type { ComparisonRow } from './comparison.ts';
import type { Round } from './lockstep.ts';
import { median } from '@refrain/charts';
import { skippedSeconds } from './skipped-seconds.ts';

/**
 * The rows of one prompt, from all rounds of it. Videos and decisions of the rounds are the same; times are medians.
 *
 * @param rounds - at least one
 * @param toVideo - puts sizes to a latent
 */
export function rowsOf(
  prompt: string,
  rounds: readonly Round[],
  costs: CostModel,
  toVideo: (latent: Float32Array) => Video,
): readonly ComparisonRow[] {
  const [first] = rounds;
  if (!first) throw new RangeError('rows need at least one round');
  const plainVideo = toVideo(first.plain.latent);
  return first.cached.map(({ policy, latent, report }, index) => {
    const cachedVideo = toVideo(latent);
    const decibels = psnr(cachedVideo, plainVideo);
    return {
      policy: policy.id,
      granularity: policy.granularity,
      prompt,
      mask: report.mask,
      reuseRate: report.reuseRate,
      ...timesOf(rounds, index, costs),
      psnr: Number.isFinite(decibels) ? decibels : null,
      ssim: ssim(cachedVideo, plainVideo),
      maxAbsDiff: maxAbsDifference(cachedVideo, plainVideo),
      bytesHeld: report.bytes.peak,
      warnings: report.warnings,
    };
  });
}

type Times = Pick<
  ComparisonRow,
  'seconds' | 'plainSeconds' | 'speedup' | 'idealSpeedup' | 'indicatorSeconds'
>;

function timesOf(rounds: readonly Round[], index: number, costs: CostModel): Times {
  const measured = rounds.flatMap(({ plain, cached }) => {
    const generation = cached[index];
    if (!generation) return [];
    const skipped = skippedSeconds(generation.report, plain, costs);
    return [
      {
        seconds: generation.seconds,
        plainSeconds: plain.seconds,
        speedup: plain.seconds / generation.seconds,
        idealSpeedup: plain.seconds / (plain.seconds - skipped),
        indicatorSeconds: generation.report.seconds.indicator,
      },
    ];
  });
  const middle = (key: keyof Times): number => median(measured.map((times) => times[key]));
  return {
    seconds: middle('seconds'),
    plainSeconds: middle('plainSeconds'),
    speedup: middle('speedup'),
    idealSpeedup: middle('idealSpeedup'),
    indicatorSeconds: middle('indicatorSeconds'),
  };
}
