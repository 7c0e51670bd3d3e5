import { outputOf, type Entry, type ReuseDecision, type Tap } from '@refrain/core';
import type { ReplayBench } from './bench.ts';
import { entryKey, type ReplayLane } from './lane.ts';

/** A reuse and where it happens. */
export interface PlacedReuse {
  readonly lane: ReplayLane;
  readonly step: number;
  readonly site: number;
  readonly decision: ReuseDecision;
}

/**
 * What a reuse adds to the drift of the latent, to first order and relative to its size at the end: the error that it
 * puts into the stream, as a share of the stream, taken through the sampler as that share of the velocity.
 *
 *     Δt_s · |v_s| / |x_T| · |Σ_k w_k f(s_k) − f(s)| / |x_L(s)| / number of branches
 *
 * @returns NaN for reuses whose error cannot be known from one lane: terms of another branch
 */
export function errorOfReuse(bench: ReplayBench, reuse: PlacedReuse): number {
  const { recording, stepShares } = bench;
  const { length } = recording.stream;
  const { lane, step, decision } = reuse;
  const whole = decision.until > length;
  const error = errorOfEntry(bench, reuse);
  const size = magnitudeOf(bench, lane, { of: 'stream', at: whole ? outputOf(length) : length }, step);
  const share = size > 0 ? error / size : error > 0 ? Number.POSITIVE_INFINITY : error;
  return ((stepShares[step] ?? 0) * share * velocityShare(bench, lane, step)) / recording.lanes.length;
}

/** How large the output is beside the latent at the end of the run. */
function velocityShare(bench: ReplayBench, lane: ReplayLane, step: number): number {
  const { wholeModel, stream, steps } = bench.recording;
  if (!wholeModel) return 1;
  const velocity = magnitudeOf(bench, lane, { of: 'stream', at: outputOf(stream.length) }, step);
  const latent = magnitudeOf(bench, lane, { of: 'stream', at: -1 }, steps - 1);
  return latent > 0 ? velocity / latent : 1;
}

function magnitudeOf(bench: ReplayBench, lane: ReplayLane, tap: Tap, step: number): number {
  const index = bench.tapIndex(tap);
  return index === undefined
    ? Number.NaN
    : (lane.bench.recorded.magnitude[index * bench.recording.steps + step] ?? Number.NaN);
}

/** Mean absolute error of what is put into the stream. */
function errorOfEntry(bench: ReplayBench, { lane, step, site, decision }: PlacedReuse): number {
  const { until, form, weights, borrowed, slot } = decision;
  if (borrowed && borrowed.length > 0) return Number.NaN;
  const sources = decision.steps ?? lane.cache.get(entryKey(site, until, form, slot)) ?? [];
  const newest = changeOf(bench, lane, { from: site, until, form }, step, sources[0] ?? step);
  if (weights.length === 1 && weights[0] === 1) return newest;
  return newest * forecastGain(bench, lane, step, sources, weights);
}

/** Mean absolute change of a cached feature between two steps; of spans that were not recorded, at most that. */
function changeOf(
  bench: ReplayBench,
  lane: ReplayLane,
  { from, until, form }: Entry,
  step: number,
  source: number,
): number {
  const at = (tap: Tap): number | undefined => {
    const index = bench.tapIndex(tap);
    if (index === undefined) return undefined;
    const { steps } = bench.recording;
    return lane.bench.recorded.change[(index * steps + step) * steps + source];
  };
  const end = at({ of: 'stream', at: until }) ?? Number.NaN;
  if (form === 'output') return end;
  // A module's value enters the stream through its gate, as the residual of its site.
  return (
    at({ of: 'residual', from, until }) ??
    at({ of: 'value', at: from }) ??
    end + (at({ of: 'stream', at: from }) ?? 0)
  );
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
