import type { Entry, ReuseDecision, Tap } from '@refrain/core';
import type { ReplayBench } from './bench.ts';
import type { ReplayLane } from './lane.ts';

/** A reuse and where it happens. */
export interface PlacedReuse {
  readonly lane: ReplayLane;
  readonly step: number;
  readonly site: number;
  readonly decision: ReuseDecision;
}

/**
 * The mean absolute error that a reuse puts into the stream (or into the output), had the run been the plain one until
 * then: |Σ_k w_k f(s_k) − f(s)|.
 *
 * @returns NaN for reuses whose error cannot be known from one lane: terms of another branch
 */
export function errorOfReuse(bench: ReplayBench, reuse: PlacedReuse): number {
  const { lane, step, site, decision } = reuse;
  const { until, form, weights, borrowed } = decision;
  if (borrowed && borrowed.length > 0) return Number.NaN;
  const sources = sourcesOf(reuse);
  const newest = changeOf(bench, lane, { from: site, until, form }, step, sources[0] ?? step);
  if (weights.length === 1 && weights[0] === 1) return newest;
  return newest * forecastGain(bench, lane, step, sources, weights);
}

/** The steps whose features are combined, newest first. */
export function sourcesOf({ lane, site, decision }: PlacedReuse): readonly number[] {
  const { steps, until, form, slot } = decision;
  return steps ?? lane.cache.find(site, until, form, slot) ?? [];
}

/** The mean absolute change of what the whole stack adds, between two steps. */
export function changeOfStack(bench: ReplayBench, lane: ReplayLane, step: number, source: number): number {
  const { length } = bench.recording.stream;
  return (
    changeAt(bench, lane, { of: 'residual', from: 0, until: length }, step, source) ??
    Number.POSITIVE_INFINITY
  );
}

/** Mean absolute change of a cached feature between two steps; of spans that were not recorded, at most that. */
function changeOf(
  bench: ReplayBench,
  lane: ReplayLane,
  { from, until, form }: Entry,
  step: number,
  source: number,
): number {
  if (form === 'value') return changeOfValue(bench, lane, from, step, source);
  const end = { of: 'stream', at: until } as const;
  if (form === 'output') return changeAt(bench, lane, end, step, source) ?? Number.NaN;
  const residual = changeAt(bench, lane, { of: 'residual', from, until }, step, source);
  if (residual !== undefined) return residual;
  const before = changeAt(bench, lane, { of: 'stream', at: from }, step, source) ?? Number.NaN;
  return (changeAt(bench, lane, end, step, source) ?? Number.NaN) + before;
}

/** A module's value enters the stream through its gate: its relative change, times what the site adds to the stream. */
function changeOfValue(
  bench: ReplayBench,
  lane: ReplayLane,
  at: number,
  step: number,
  source: number,
): number {
  const { steps } = bench.recording;
  const { magnitude } = lane.bench.recorded;
  const value = bench.index.find({ of: 'value', at });
  const change = changeAt(bench, lane, { of: 'value', at }, step, source);
  if (value === undefined || change === undefined) return Number.NaN;
  const added = bench.index.find({ of: 'residual', from: at, until: at + 1 });
  const size = magnitude[value * steps + step] ?? 0;
  // Where the site has no residual of its own (the layout changes on the way) the value stands for it.
  if (added === undefined || size === 0) return change;
  return (change / size) * (magnitude[added * steps + step] ?? 0);
}

function changeAt(
  bench: ReplayBench,
  lane: ReplayLane,
  tap: Tap,
  step: number,
  source: number,
): number | undefined {
  const index = bench.index.find(tap);
  if (index === undefined) return undefined;
  const { steps } = bench.recording;
  return lane.bench.recorded.change[(index * steps + step) * steps + source];
}

/**
 * How much better a forecast is than the newest value, from the inner products of the whole stack's residual:
 * ‖f(s) − Σ w_k f(s_k)‖ / ‖f(s) − f(s_0)‖. 1 where they were not recorded.
 */
function forecastGain(
  bench: ReplayBench,
  lane: ReplayLane,
  step: number,
  sources: readonly number[],
  weights: readonly number[],
): number {
  const { products } = lane.bench.recorded;
  if (!products) return 1;
  const { steps } = bench.recording;
  const product = (a: number, b: number): number =>
    products[Math.max(a, b) * steps + Math.min(a, b)] ?? Number.NaN;
  const square = (terms: readonly number[]): number => {
    let sum = product(step, step);
    for (const [k, weight] of terms.entries()) {
      const source = sources[k] ?? step;
      sum -= 2 * weight * product(step, source);
      for (const [l, other] of terms.entries()) sum += weight * other * product(source, sources[l] ?? step);
    }
    return Math.max(0, sum);
  };
  const plain = square([1]);
  return plain > 0 ? Math.sqrt(square(weights) / plain) : 1;
}
