import type { Json } from '../../json.ts';
import {
  outputOf,
  type ComputeDecision,
  type Decision,
  type Entry,
  type Observation,
  type ReuseDecision,
} from '../decision.ts';
import type { Policy, Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute } from '../span.ts';

/** A name for an entry, the same for the same span, form and slot. */
export function entryKey({ from, until, form, slot = '' }: Entry): string {
  return `${from} ${until} ${form} ${slot}`.trimEnd();
}

/** True if two entries are the same span in the same form, under the same slot. */
export function isSame(one: Entry, other: Entry): boolean {
  return (
    one.from === other.from &&
    one.until === other.until &&
    one.form === other.form &&
    (one.slot ?? '') === (other.slot ?? '')
  );
}

/** The entry that a reuse takes from the cache. */
export function entryOf({ until, form, slot }: ReuseDecision, site: number): Entry {
  return { from: site, until, form, ...(slot !== undefined && { slot }) };
}

/** What is done in the place of a reuse that must not happen: its span is computed, and what it would have used is kept anew. */
export function computeInstead(decision: ReuseDecision, site: number, why: Reason): ComputeDecision {
  return compute(decision.until, why, [entryOf(decision, site)], decision.measure);
}

/** The entries that were kept when a decision was carried out. The executor keeps what a refused reuse would have used. */
export function keptBy(decision: Decision, { did, site }: Observation): readonly Entry[] {
  if (did !== 'computed' || decision.do === 'measure') return [];
  return decision.do === 'compute' ? decision.keep : [entryOf(decision, site)];
}

/**
 * What a policy is told when its combination computed although it wanted to reuse. `too-old` says what matters: what it
 * has remembered is still there, and must not be used now.
 *
 * @param state - of the policy, before it observes
 */
export function toldOf(policy: Policy, state: Json, seen: Observation, at: Position): Observation {
  if (seen.did !== 'computed' || seen.refused) return seen;
  return policy.next(state, at).do === 'reuse' ? { ...seen, refused: 'too-old' } : seen;
}

/** The position at which something was observed. */
export function positionOf(
  { step, call, branch, site }: Observation,
  timesteps: readonly number[],
): Position {
  return { step, call, branch, site, timestep: timesteps[step] ?? 0 };
}

/**
 * Where a policy that knows only the stream has nothing to say: before the model is entered and at the end of the
 * stream. There it computes up to the returned position; undefined where it must be asked.
 */
export function frameEnd(policy: Pick<Policy, 'needs'>, site: number, length: number): number | undefined {
  if (policy.needs.model || (site >= 0 && site < length)) return undefined;
  return site < 0 ? 0 : outputOf(length);
}

/** The last position that a policy may be asked to compute to. */
export function endOf({ needs }: Pick<Policy, 'needs'>, length: number): number {
  return needs.model ? outputOf(length) : length;
}
