import type { Granularity } from '@refrain/core';
import type { SweepRow } from './sweep-row.ts';

/** What a policy would have done in all recorded runs together. Plain data. */
export interface PolicyOutcome {
  readonly policy: string;
  readonly granularity: Granularity;
  /** How many recordings it was replayed on. */
  readonly recordings: number;
  /** Mean over the recordings. */
  readonly reuseRate: number;
  /** Total seconds; null unless all recordings have costs. */
  readonly seconds: number | null;
  /** Total seconds without caching. */
  readonly plainSeconds: number | null;
  /**
   * How many times as fast as without caching: total plain seconds by total seconds. Without costs the ideal 1 / (1 −
   * reuse rate), as if all sites cost the same and nothing else cost anything.
   */
  readonly speed: number;
  /** Whether {@link speed} is of seconds or ideal. */
  readonly speedFrom: 'costs' | 'reuse';
  /** Relative error of the finished latent, mean over the recordings; null where one cannot be predicted. */
  readonly drift: number | null;
  /** The drift of the recording with the most. */
  readonly worstDrift: number | null;
  /** The most bytes that any run would hold. */
  readonly bytesHeld: number;
}

/** A policy that cannot be replayed on every recording. */
export interface PolicyFailure {
  readonly policy: string;
  /** Of the first recording that it does not go with. */
  readonly error: string;
  readonly message: string;
  /** How many recordings it does not go with. */
  readonly recordings: number;
}

/** Rows summed up by policies. */
export interface Outcomes {
  /** In the order in which policies first appear. */
  readonly outcomes: readonly PolicyOutcome[];
  readonly failures: readonly PolicyFailure[];
}

/**
 * Sums rows up over recordings.
 *
 * @param rows - of a sweep, in any order
 * @returns an outcome for each policy that was replayed on all its recordings, a failure for each other one
 *
 * @example
 * ```ts
 * const { outcomes } = outcomesOf(rows);
 * const front = paretoFront(outcomes);
 * ```
 */
export function outcomesOf(rows: Iterable<SweepRow>): Outcomes {
  const byPolicy = new Map<string, SweepRow[]>();
  for (const row of rows) {
    const group = byPolicy.get(row.policy);
    if (group) group.push(row);
    else byPolicy.set(row.policy, [row]);
  }
  const outcomes: PolicyOutcome[] = [];
  const failures: PolicyFailure[] = [];
  for (const group of byPolicy.values()) {
    const outcome = outcomeOf(group);
    if ('error' in outcome) failures.push(outcome);
    else outcomes.push(outcome);
  }
  return { outcomes, failures };
}

/**
 * Sums up the rows of one policy.
 *
 * @param rows - at least one
 */
export function outcomeOf(rows: readonly SweepRow[]): PolicyOutcome | PolicyFailure {
  const failed = rows.filter(({ error }) => error !== null);
  const [failure] = failed;
  if (failure)
    return {
      policy: failure.policy,
      error: failure.error ?? '',
      message: failure.message ?? '',
      recordings: failed.length,
    };
  const [first] = rows;
  const reuseRate = mean(rows.map((row) => row.reuseRate)) ?? 0;
  const seconds = total(rows.map((row) => row.seconds));
  const plainSeconds = total(rows.map((row) => row.plainSeconds));
  const drifts = rows.map(({ drift }) => drift);
  const timed = seconds !== null && plainSeconds !== null;
  return {
    policy: first?.policy ?? '',
    granularity: first?.granularity ?? 'step',
    recordings: rows.length,
    reuseRate,
    seconds,
    plainSeconds,
    speed: timed ? plainSeconds / seconds : 1 / (1 - reuseRate),
    speedFrom: timed ? 'costs' : 'reuse',
    drift: mean(drifts),
    worstDrift: drifts.includes(null) ? null : Math.max(...drifts.map((drift) => drift ?? 0)),
    bytesHeld: Math.max(...rows.map(({ bytesHeld }) => bytesHeld ?? 0)),
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const sum = total(values);
  return sum === null ? null : sum / values.length;
}

/** Null if any is missing. */
function total(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum;
}
