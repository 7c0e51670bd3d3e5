import type { AttentionConstants } from '../guidance/fastercache-models.ts';
import { isInside, type FasterCacheVariant } from '../guidance/guidance-schedule.ts';
import { stepsOf } from '../options.ts';
import type { RunShape } from '../policy.ts';

/** The rule by which attention outputs are extrapolated. */
export interface AttentionSettings extends AttentionConstants {
  readonly variant: FasterCacheVariant;
}

/** The open window of timesteps that diffusers has (huggingface/diffusers, commit 58eb52c0). */
const DIFFUSERS = [-1, 681] as const;

/**
 * Which steps take their attention outputs from the cache.
 *
 * @param run - of which length, at which timesteps
 * @param settings - the rule
 * @param guidance - one digit a step: 1 both branches are run, 0 the conditional one only; null where it is always the same
 * @returns one digit a step: 1 computed, 0 from the cache
 */
export function attentionMask(
  { steps, timesteps }: Pick<RunShape, 'steps' | 'timesteps'>,
  settings: AttentionSettings,
  guidance: string | null,
): string {
  const start = stepsOf(settings.start, steps);
  let mask = '';
  for (let step = 0; step < steps; step++) {
    const wanted =
      settings.variant === 'diffusers'
        ? step > 0 && isInside(timesteps[step], DIFFUSERS) && step % settings.interval !== 0
        : step >= start && (step + 1) % settings.interval !== settings.offset;
    mask += wanted && isPossible(step, mask, settings, guidance) ? '0' : '1';
  }
  return mask;
}

/** False where the cache has outputs of the conditional branch alone, and both are run. */
function isPossible(
  step: number,
  mask: string,
  { variant, stale }: AttentionSettings,
  guidance: string | null,
): boolean {
  if (guidance === null || guidance[step] === '0') return true;
  // diffusers reuses only in passes that are smaller than the first.
  if (variant === 'diffusers') return false;
  return stale === 'borrow' || guidance[mask.lastIndexOf('1')] === '1';
}

/** The newest computed steps before a step, at most so many. */
export function computedBefore(mask: string, step: number, count: number): readonly number[] {
  const steps: number[] = [];
  for (let earlier = step - 1; earlier >= 0 && steps.length < count; earlier--)
    if (mask[earlier] === '1') steps.push(earlier);
  return steps;
}

/** w at a step. */
export function weightAt(step: number, steps: number, settings: AttentionSettings): number {
  const { weight, ramp, start } = settings;
  return ramp === 0 ? weight : ((step - stepsOf(start, steps) + 1) / ramp) * weight;
}

/**
 * How many computed outputs are combined. diffusers writes its approximations back into its cache, so that one refers to
 * the outputs of all steps since the last two computed ones in a row: with its defaults five.
 */
export function depthOf({ variant, weight }: AttentionSettings): number {
  if (weight === 0) return 1;
  return variant === 'diffusers' ? 5 : 2;
}
