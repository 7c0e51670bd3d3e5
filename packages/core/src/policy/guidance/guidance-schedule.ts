import { stepsOf } from '../options.ts';
import type { Limits, RunShape } from '../policy.ts';
import type { GuidanceConstants } from './fastercache-models.ts';

/** Whose windows: FasterCache's of steps, or those of timesteps that diffusers has. */
export type FasterCacheVariant = 'fastercache' | 'diffusers';

/** The rule by which unconditional outputs are derived. */
export interface GuidanceSettings extends GuidanceConstants {
  readonly variant: FasterCacheVariant;
}

/** What of a run a rule depends on. */
type Steps = Pick<RunShape, 'steps' | 'timesteps'>;

/** The open windows of timesteps that diffusers has (huggingface/diffusers, commit 58eb52c0). */
const DIFFUSERS = { derived: [-1, 641], low: [99, 901], high: [-1, 301] } as const;

/**
 * Which steps derive the unconditional output.
 *
 * @param run - of which length, at which timesteps
 * @param settings - the rule
 * @returns one digit a step: 1 computes both branches, 0 derives one from the other
 */
export function guidanceMask(run: Steps, settings: GuidanceSettings): string {
  return Array.from({ length: run.steps }, (_, step) => (derives(step, run, settings) ? '0' : '1')).join('');
}

function derives(
  step: number,
  { steps, timesteps }: Steps,
  { variant, start, interval }: GuidanceSettings,
): boolean {
  if (variant === 'diffusers')
    return step > 0 && isInside(timesteps[step], DIFFUSERS.derived) && step % interval !== 0;
  return step >= stepsOf(start, steps) && (step + 1) % interval !== 0;
}

/** By how much low and high frequencies of the difference grow at a derived step. */
export function growthAt(
  step: number,
  { steps, timesteps }: Steps,
  { variant, lowWeight, highWeight, lowUntil, highFrom }: GuidanceSettings,
): { readonly low: number; readonly high: number } {
  const timestep = timesteps[step];
  const [low, high] =
    variant === 'diffusers'
      ? [isInside(timestep, DIFFUSERS.low), isInside(timestep, DIFFUSERS.high)]
      : [step < stepsOf(lowUntil, steps), step >= stepsOf(highFrom, steps)];
  return { low: low ? lowWeight : 1, high: high ? highWeight : 1 };
}

/** True strictly inside a window of timesteps. */
export function isInside(timestep: number | undefined, [low, high]: readonly [number, number]): boolean {
  return timestep !== undefined && low < timestep && timestep < high;
}

/** What masks of one digit a step promise together: before and after their first and last zero all is computed. */
export function maskWindows(masks: readonly string[]): Pick<Limits, 'warmUp' | 'tail'> {
  const [warmUp = 0, tail = 0] = [/^1*/, /1*$/].map((ones) =>
    Math.min(...masks.map((mask) => ones.exec(mask)?.[0].length ?? 0)),
  );
  return { warmUp, tail };
}

/** The longest stretch of zeros in a mask. */
export function longestGap(mask: string): number {
  return Math.max(...mask.split('1').map(({ length }) => length));
}
