import type { RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';

/** An open interval of timesteps, in the sampler's unit: low < t < high. */
export interface TimestepBounds {
  readonly low: number | 'none';
  readonly high: number | 'none';
}

/** The steps of a run whose timesteps lie inside the bounds. Plain data. */
export type TimestepWindow = {
  /** The first of them; the number of steps if there are none. */
  readonly from: number;
  /** The first step after the last of them; 0 if there are none. */
  readonly until: number;
  /** Whether each step is one of them; null where every step is. */
  readonly inside: readonly boolean[] | null;
};

/** Finds the steps inside the bounds. */
export function timestepWindow({ steps, timesteps }: RunShape, bounds: TimestepBounds): TimestepWindow {
  const inside = timesteps.map((timestep) => isAbove(timestep, bounds) && isBelow(timestep, bounds));
  if (inside.every(Boolean)) return { from: 0, until: steps, inside: null };
  const first = inside.indexOf(true);
  return { from: first < 0 ? steps : first, until: inside.lastIndexOf(true) + 1, inside };
}

/** Whether a step lies inside. */
export function isInside({ inside }: TimestepWindow, step: number): boolean {
  return inside === null || inside[step] === true;
}

/** Why nothing is reused at a timestep outside. */
export function outsideWindow(timestep: number, bounds: TimestepBounds): Reason {
  const { low, high } = bounds;
  if (low !== 'none' && high !== 'none') return { kind: 'outside-window', timestep, low, high };
  const missed = isAbove(timestep, bounds) ? `below ${high}` : `above ${low}`;
  return { kind: 'rule', text: `timestep ${timestep} is not ${missed}` };
}

function isAbove(timestep: number, { low }: TimestepBounds): boolean {
  return low === 'none' || timestep > low;
}

function isBelow(timestep: number, { high }: TimestepBounds): boolean {
  return high === 'none' || timestep < high;
}
