import { PolicyError, type RefrainError, type Granularity, type Policy } from '@refrain/core';
import type { ReplaySummary } from '../replay/replay.ts';
import { SimError } from '../errors.ts';

/** What a policy would have done in one recorded run, or why it cannot be replayed there. Plain data. */
export interface SweepRow {
  /** Canonical id. */
  readonly policy: string;
  /** Which of the sweep's recordings, from 0. */
  readonly recording: number;
  /** The recording's label: the prompt. */
  readonly label: string;
  readonly granularity: Granularity;
  /** Sites taken from the cache as a share of all sites. Null where the policy could not be replayed, as all that follows. */
  readonly reuseRate: number | null;
  /** Null also without costs, as the next two. */
  readonly seconds: number | null;
  readonly plainSeconds: number | null;
  readonly speedup: number | null;
  /** Null also where it cannot be predicted. */
  readonly drift: number | null;
  readonly bytesHeld: number | null;
  /** Code of the error, for policies that cannot be replayed: `NOT_RECORDED`, `POLICY_NEEDS`, `POLICY_FIT`, … Else null. */
  readonly error: string | null;
  /** Its message, else null. */
  readonly message: string | null;
}

/** Replays a policy on one recording. */
export type Summarize = (policy: Policy) => ReplaySummary;

/**
 * Replays a policy on a recording. A policy that does not go with it gives a row that says so.
 *
 * @param policy - any policy
 * @param recording - its number and its label
 * @param summarize - see {@link replayer}
 */
export function rowOf(
  policy: Policy,
  recording: { readonly index: number; readonly label: string },
  summarize: Summarize,
): SweepRow {
  const { id, granularity } = policy;
  const place = { policy: id, recording: recording.index, label: recording.label, granularity };
  try {
    const { reuseRate, seconds, plainSeconds, speedup, drift, bytesHeld } = summarize(policy);
    return {
      ...place,
      reuseRate,
      seconds,
      plainSeconds,
      speedup,
      drift,
      bytesHeld,
      error: null,
      message: null,
    };
  } catch (error) {
    if (!isMisfit(error)) throw error;
    return { ...place, ...nothing, error: error.code, message: error.message };
  }
}

const nothing = {
  reuseRate: null,
  seconds: null,
  plainSeconds: null,
  speedup: null,
  drift: null,
  bytesHeld: null,
} as const;

/** True for errors that say that a policy and a recording do not go together; others are faults. */
function isMisfit(error: unknown): error is RefrainError {
  return error instanceof PolicyError || (error instanceof SimError && error.code === 'NOT_RECORDED');
}
