import type { OptionIssue } from '../../errors.ts';
import { percentage, readNumber, readPercent } from '../option-text.ts';
import { numberOption, type OptionSpec } from '../options.ts';
import type { Reason } from '../reason.ts';

/** An end of a window: a number in the window's unit, or a share of the steps such as `20%`. */
export type WindowEnd = number | `${number}%`;

/** A part of the run, from its first step or timestep to before its last. */
export interface Window {
  /** Where it begins: this step belongs to it. */
  readonly from: WindowEnd;
  /** Where it ends: this step does not. */
  readonly until: WindowEnd;
  /** Steps counted from 0, shares of the steps from 0 to 1, or the sampler's timesteps (or sigmas). */
  readonly unit: 'steps' | 'share' | 'timestep';
}

/** An option that is an end of a window. */
export function windowEndOption(about: string, fallback: WindowEnd): OptionSpec<WindowEnd> {
  const number = numberOption(about, 0);
  return {
    about,
    fallback,
    quoted: true,
    expected: `${number.expected}, or a share of the steps such as 20%`,
    read: (text) => (text.endsWith('%') ? readPercent(text) : readNumber(text)),
    print: (value) => (typeof value === 'number' ? String(value) : `${percentage(value)}%`),
    accepts: (value) =>
      typeof value === 'string' ? Number.isFinite(percentage(value)) : number.accepts(value),
  };
}

/** What is wrong with a window, if anything. */
export function windowIssues(window: Window): readonly OptionIssue[] {
  const issue = (option: string, message: string): readonly OptionIssue[] => [{ option, message }];
  if (window.unit === 'timestep') {
    const { from, until } = window;
    const share = typeof from === 'string' ? 'from' : typeof until === 'string' ? 'until' : undefined;
    if (share)
      return issue(share, `expected a timestep, got ${window[share]}; shares have no unit of timesteps`);
    return from === until ? issue('from', `expected another timestep than until, got ${from} for both`) : [];
  }
  const [from, until] = [shareOf(window.from, window.unit), shareOf(window.until, window.unit)];
  const message = (wanted: string): string => `expected ${wanted}, got ${window.from} and ${window.until}`;
  if (from.value < 0 || (from.share && from.value > 1))
    return issue('from', message('a start inside the run'));
  if (until.share && until.value > 1) return issue('until', message('an end of at most all steps'));
  return from.share === until.share && !(from.value < until.value)
    ? issue('from', message('from < until'))
    : [];
}

/** An end as a share of the steps, or as a number of them. */
function shareOf(end: WindowEnd, unit: Window['unit']): { readonly value: number; readonly share: boolean } {
  if (typeof end === 'string') return { value: (percentage(end) ?? Number.NaN) / 100, share: true };
  return { value: end, share: unit === 'share' };
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
  const from = stepOf(window.from, window.unit, timesteps.length);
  const until = stepOf(window.until, window.unit, timesteps.length);
  if (step < from) return { kind: 'warm-up', until: from };
  return step < until ? undefined : { kind: 'tail', from: until };
}

function outsideTimesteps(window: Window, timestep: number): Reason | undefined {
  const [from, until] = [Number(window.from), Number(window.until)];
  const inside = from < until ? from <= timestep && timestep < until : from >= timestep && timestep > until;
  if (inside) return undefined;
  return { kind: 'outside-window', timestep, low: Math.min(from, until), high: Math.max(from, until) };
}

/** Shares become the first step at or behind them; a hair less, so that 0.1 of 30 is 3 in floating point too. */
function stepOf(end: WindowEnd, unit: Window['unit'], steps: number): number {
  const { value, share } = shareOf(end, unit);
  return share ? Math.max(0, Math.ceil(value * steps - 1e-9)) : value;
}
