import { parsePolicy, RefrainError } from '@refrain/core';
import { replay, type Replay } from '@refrain/sim';
import { costsFor } from './costs.ts';
import type { NamedRecording } from './load-recordings.ts';

/** One policy replayed on one recording: a row of `refrain replay --json`. */
export interface ReplayRow extends Omit<Replay, 'decisions'> {
  /** Name of the recording: its label, or its file. */
  readonly recording: string;
}

/** A policy that could not be simulated. */
export interface Failure {
  readonly policy: string;
  /** On which recording, or in which run. */
  readonly on: string;
  readonly code: string;
  readonly message: string;
}

/** What came of replaying policies on recordings. */
export interface ReplayOutcome {
  readonly rows: readonly ReplayRow[];
  readonly failures: readonly Failure[];
  /** With every decision, for charts; in the order of the rows. */
  readonly replays: readonly Replay[];
}

/**
 * Replays every policy on every recording. A policy that cannot be replayed stops no other.
 *
 * @param policies - ids
 * @param costs - a name as in `--costs`
 * @throws SimError `RECORDING_MISMATCH`
 */
export function replayAll(
  policies: readonly string[],
  recordings: readonly NamedRecording[],
  costs: string,
): ReplayOutcome {
  const rows: ReplayRow[] = [];
  const replays: Replay[] = [];
  const failures: Failure[] = [];
  for (const id of policies)
    for (const { name, recording } of recordings) {
      const model = costsFor(costs, recording);
      try {
        const replayed = replay(parsePolicy(id), recording, model ? { costs: model } : {});
        replays.push(replayed);
        const { decisions: _decisions, ...row } = replayed;
        rows.push({ recording: name, ...row });
      } catch (error) {
        if (!(error instanceof RefrainError)) throw error;
        failures.push({ policy: id, on: name, code: error.code, message: error.message });
      }
    }
  return { rows, failures, replays };
}
