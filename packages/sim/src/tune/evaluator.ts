import type { Policy } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import { SimError } from '../errors.ts';
import type { Recording } from '../recording/recording.ts';
import { replayer } from '../replay/replay.ts';
import { outcomeOf, type PolicyFailure, type PolicyOutcome } from '../sweep/outcome.ts';
import { rowOf } from '../sweep/sweep-row.ts';

/** What a policy would do in all recorded runs, or why it cannot. */
export type Evaluate = (policy: Policy) => PolicyOutcome | PolicyFailure;

/**
 * Makes a function that replays a policy on all recordings and sums up: what {@link tune} asks.
 *
 * @param recordings - at least one
 * @param options - `costs` in the place of the recorded ones
 * @throws SimError `OPTION_INVALID` without recordings, `RECORDING_MISMATCH` when the costs do not go with one
 *
 * @example
 * ```ts
 * const evaluate = evaluator(recordings);
 * console.log(evaluate(bwcache({ threshold: 0.15 })));
 * ```
 */
export function evaluator(
  recordings: readonly Recording[],
  options: { readonly costs?: CostModel } = {},
): Evaluate {
  if (recordings.length === 0)
    throw new SimError(
      'OPTION_INVALID',
      '[sim] expected at least one recording to replay policies on, got none',
    );
  const runs = recordings.map((recording, index) => ({
    index,
    label: recording.label,
    summarize: replayer(recording, options),
  }));
  return (policy) => outcomeOf(runs.map((run) => rowOf(policy, run, run.summarize)));
}
