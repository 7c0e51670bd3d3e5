import type { OptionIssue } from '../../errors.ts';
import type { Reason } from '../reason.ts';

/** A part of the run, from its first step or timestep to before its last. */
export interface Window {
  /** Where it begins: this step belongs to it. */
  readonly from: number;
  /** Where it ends: this step does not. */
  readonly until: number;
  /** Steps counted from 0, shares of the steps from 0 to 1, or the sampler's timesteps (or sigmas). */
  readonly unit: 'steps' | 'share' | 'timestep';
}

/** What is wrong with a window, if anything. */
export function windowIssues({ from, until, unit }: Window): readonly OptionIssue[] {
  const issue = (option: string, message: string): readonly OptionIssue[] => [{ option, message }];
  if (unit === 'timestep')
    return from === until ? issue('from', `expected another timestep than until, got ${from} for both`) : [];
  if (!(from < until)) return issue('from', `expected from < until, got ${from} and ${until}`);
  if (from < 0) return issue('from', `expected a number of at least 0, got ${from}`);
  return unit === 'share' && until > 1 ? issue('until', `expected a share of at most 1, got ${until}`) : [];
}

/**
 * Why a step lies outside a window; undefined inside it. Timesteps count in the direction from `from` to `until`,
 * whichever is greater.
 *
 * @param timesteps - of all steps of the run
 */
export function outsideWindow(
  window: Window,
  step: number,
  timesteps: readonly number[],
): Reason | undefined {
  if (window.unit === 'timestep') return outsideTimesteps(window, timesteps[step] ?? Number.NaN);
  const { from, until } = inSteps(window, timesteps.length);
  if (step < from) return { kind: 'warm-up', until: from };
  return step < until ? undefined : { kind: 'tail', from: until };
}

function outsideTimesteps({ from, until }: Window, timestep: number): Reason | undefined {
  const inside = from < until ? from <= timestep && timestep < until : from >= timestep && timestep > until;
  if (inside) return undefined;
  return { kind: 'outside-window', timestep, low: Math.min(from, until), high: Math.max(from, until) };
}

/** Shares become the first step at or behind them; a hair less, so that 0.1 of 30 is 3 in floating point too. */
function inSteps({ from, until, unit }: Window, steps: number): { from: number; until: number } {
  if (unit !== 'share') return { from, until };
  const step = (share: number): number => Math.max(0, Math.ceil(share * steps - 1e-9));
  return { from: step(from), until: step(until) };
}
