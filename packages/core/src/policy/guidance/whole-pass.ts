import {
  outputOf,
  SAMPLE,
  type BorrowedTerm,
  type ComputeDecision,
  type Entry,
  type ReuseDecision,
} from '../decision.ts';
import type { Reason } from '../reason.ts';
import { compute } from '../span.ts';

/**
 * The entry that remembers the model's output.
 *
 * @param length - of the stream
 * @param slot - history that it goes to
 */
export function modelOutput(length: number, slot?: string): Entry {
  const span = { from: SAMPLE, until: outputOf(length), form: 'output' } as const;
  return slot === undefined ? span : { ...span, slot };
}

/** A decision at the sample to enter the model and go on asking at its sites. */
export function enterModel(why: Reason, keep: readonly Entry[] = []): ComputeDecision {
  return compute(0, why, keep);
}

/** A decision at the end of the stream to leave the model. */
export function leaveModel(length: number, why: Reason): ComputeDecision {
  return compute(outputOf(length), why);
}

/** A decision at the sample to make the model's output of cached outputs, without entering it. */
export function deriveOutput(
  length: number,
  why: Reason,
  borrowed: readonly BorrowedTerm[],
  own: { readonly weights: readonly number[]; readonly steps: readonly number[] } = {
    weights: [],
    steps: [],
  },
): ReuseDecision {
  return { do: 'reuse', until: outputOf(length), form: 'output', ...own, borrowed, why };
}
