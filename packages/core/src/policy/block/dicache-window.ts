import type { Indicator, Measurement } from '../../indicator/indicator.ts';

/** What DiCache knows of the residuals of the probe blocks, p = probe output − input. */
export type ProbeWindow = {
  /** The newest two computed steps whose residuals are remembered, newest first. */
  readonly steps: readonly number[];
  /** How many were remembered so far: their references alternate between two names. */
  readonly count: number;
  /** Mean |p[−1] − p[−2]| of these two; null before there are two, or where it could not be read. */
  readonly spread: number | null;
};

/** A window in which nothing is remembered. */
export const emptyWindow: ProbeWindow = { steps: [], count: 0, spread: null };

/** Distances of the current residual of the probe; null where there is nothing to compare with. */
export type ProbeDistances = {
  /** Mean |p − p[−1]|: the spread of the window if this step is computed. */
  readonly toNewest: number | null;
  /** Mean |p − p[−2]|. */
  readonly toOlder: number | null;
};

/**
 * The indicators that compare the probe's residual with both remembered ones. The older of the two becomes the newest
 * if the step is computed; the newest stays where it is, and is then the older one.
 *
 * @param until - where the probe blocks end
 */
export function windowIndicators(
  { count }: ProbeWindow,
  until: number,
  stride: number,
): readonly Indicator[] {
  const tap = { of: 'residual', from: 0, until } as const;
  const indicator = (name: string, against: 'computed' | 'frozen'): Indicator =>
    stride > 1 ? { name, tap, against, stride } : { name, tap, against };
  const older = indicator(slotName(count), 'computed');
  return count === 0 ? [older] : [older, indicator(slotName(count - 1), 'frozen')];
}

/** What the indicators of {@link windowIndicators} gave; undefined if they were not measured. */
export function readDistances(
  { count }: ProbeWindow,
  measured: Readonly<Record<string, Measurement>>,
): ProbeDistances | undefined {
  const older = measured[slotName(count)];
  return older && { toOlder: meanOf(older), toNewest: meanOf(measured[slotName(count - 1)]) };
}

/** The window after a step was computed. */
export function remember(window: ProbeWindow, step: number, { toNewest }: ProbeDistances): ProbeWindow {
  return { steps: [step, ...window.steps].slice(0, 2), count: window.count + 1, spread: toNewest };
}

/**
 * How far the probe has gone from p[−2] towards p[−1] and beyond: γ = |p − p[−2]| / |p[−1] − p[−2]| within 1 … `most`, in
 * float32; 1 where it cannot be told.
 */
export function gammaOf(
  { spread, steps }: ProbeWindow,
  distances: ProbeDistances | undefined,
  most: number,
): number {
  const distance = distances?.toOlder ?? null;
  if (steps.length < 2 || distance === null || spread === null) return 1;
  const gamma = Math.fround(distance / spread);
  return Number.isFinite(gamma) ? Math.min(Math.max(gamma, 1), most) : 1;
}

function slotName(index: number): string {
  return index % 2 === 0 ? 'residual of the probe, even' : 'residual of the probe, odd';
}

function meanOf(measurement: Measurement | undefined): number | null {
  if (measurement?.kind !== 'sums') return null;
  const mean = Math.fround(measurement.numerator / measurement.count);
  return Number.isFinite(mean) ? mean : null;
}
