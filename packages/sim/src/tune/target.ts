import { SimError } from '../errors.ts';
import type { PolicyOutcome } from '../sweep/outcome.ts';

/** What a policy is wanted to reach: at least one of these. */
export interface TuneTarget {
  /** At least so many times as fast as without caching, above 1. */
  readonly speedup?: number;
  /** At most so much relative error of the finished latent, above 0. */
  readonly drift?: number;
  /** At most so many bytes held in cache and references, above 0. */
  readonly bytes?: number;
}

/** Which drift counts where there are several recordings: that of their mean, or of the worst. */
export type DriftJudgement = 'mean' | 'worst';

/** An outcome as a target sees it. */
export interface Standing {
  /** How far it misses the target, as a share of it: 0 if it reaches it, Infinity if it cannot be compared. */
  readonly miss: number;
  /** Less is better among those that reach the target: drift where a speed is wanted, else seconds as a share of plain. */
  readonly price: number;
  /** Decides between equal prices. */
  readonly second: number;
  readonly bytes: number;
}

/**
 * @throws SimError `OPTION_INVALID`
 */
export function requireTarget(target: TuneTarget): void {
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const least: Readonly<Record<string, number>> = { speedup: 1, drift: 0, bytes: 0 };
  if (given.length === 0)
    throw new SimError(
      'OPTION_INVALID',
      '[sim] tune: expected a target { speedup }, { drift } or { bytes }, got none',
    );
  for (const [name, value] of given) {
    const bound = least[name];
    if (bound === undefined || typeof value !== 'number' || !Number.isFinite(value) || value <= bound)
      throw new SimError(
        'OPTION_INVALID',
        `[sim] tune: target: expected speedup above 1, drift above 0 or bytes above 0, got ${name}: ${String(value)}`,
      );
  }
}

/**
 * What reaches the target, and at which price: with a `speedup` the least drift, else the greatest speed. A policy that
 * makes nothing faster reaches no target.
 */
export function standingOf(outcome: PolicyOutcome, target: TuneTarget, judgement: DriftJudgement): Standing {
  const { speed, bytesHeld } = outcome;
  const drift = (judgement === 'worst' ? outcome.worstDrift : outcome.drift) ?? Infinity;
  const misses = [
    speed > 1 ? 0 : Infinity,
    target.speedup === undefined ? 0 : (target.speedup - speed) / target.speedup,
    target.drift === undefined ? 0 : (drift - target.drift) / target.drift,
    target.bytes === undefined ? 0 : (bytesHeld - target.bytes) / target.bytes,
    // Where the price is drift, one that is not known cannot be compared.
    target.speedup !== undefined && drift === Infinity ? Infinity : 0,
  ];
  const [price, second] = target.speedup === undefined ? [1 / speed, drift] : [drift, 1 / speed];
  return { miss: Math.max(0, ...misses), price, second, bytes: bytesHeld };
}

/** Negative if the first is better: it misses the target by less, else has the lower price. */
export function compareStandings(a: Standing, b: Standing): number {
  return (
    compare(a.miss, b.miss) ||
    compare(a.price, b.price) ||
    compare(a.second, b.second) ||
    compare(a.bytes, b.bytes)
  );
}

/** Differences of infinite values are NaN. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A target in words. */
export function describeTarget({ speedup, drift, bytes }: TuneTarget): string {
  const parts = [
    speedup !== undefined && `a speed-up of ${speedup}`,
    drift !== undefined && `a drift of at most ${drift}`,
    bytes !== undefined && `at most ${bytes} bytes`,
  ];
  return parts.filter((part) => part !== false).join(' with ');
}
