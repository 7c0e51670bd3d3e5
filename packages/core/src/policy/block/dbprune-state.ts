import type { RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { maskFor } from './cache-dit-mask.ts';
import { noneCached, type CacheDitCounters } from './cache-dit-rules.ts';
import { prunableBlocks, type DbpruneOptions, type PrunableBlock } from './dbprune-options.ts';

/** What DBPrune remembers between steps. */
export type DbpruneState = {
  readonly length: number;
  readonly steps: number;
  /** Digits; empty for none. */
  readonly mask: string;
  /** The blocks that may be pruned. */
  readonly prunable: readonly PrunableBlock[];
  /** One for each guidance branch that was passed through. */
  readonly lanes: readonly DbpruneLane[];
  /** The branch whose changes raise the threshold. */
  readonly leader: string;
  /** Its first changes in a step; 0 where there was none to read. Left empty where the threshold never rises. */
  readonly changes: { readonly step: number; readonly values: readonly number[] };
};

/** What DBPrune remembers of one guidance branch. */
export type DbpruneLane = {
  readonly branch: string;
  /** Where the prunable blocks begin that were computed before. */
  readonly computed: readonly number[];
  readonly counters: CacheDitCounters;
  /** What happens to the block at `site`, once its indicator is in. */
  readonly verdict: {
    readonly step: number;
    readonly site: number;
    readonly reuse: boolean;
    readonly why: Reason;
  } | null;
};

/** How many changes of a step enter the dynamic threshold. */
const FIRST_CHANGES = 5;

/** The state before the first step. */
export function initialState(run: RunShape, options: DbpruneOptions): DbpruneState {
  return {
    length: run.stream.length,
    steps: run.steps,
    mask: maskFor(options.mask, run.steps),
    prunable: prunableBlocks(run.stream, options),
    lanes: [],
    leader: (options.cfg === 'shared' ? run.branches[0] : undefined) ?? run.branch,
    changes: { step: -1, values: [] },
  };
}

/** What is remembered of a branch. */
export function laneOf({ lanes }: DbpruneState, branch: string): DbpruneLane {
  const known = lanes.find((lane) => lane.branch === branch);
  return known ?? { branch, computed: [], counters: noneCached, verdict: null };
}

/** The state with what is remembered of a branch. Written out, as all states of this rule: see {@link countReuse}. */
export function withLane(
  { length, steps, mask, prunable, lanes: before, leader, changes: noted }: DbpruneState,
  lane: DbpruneLane,
  changes: DbpruneState['changes'] = noted,
): DbpruneState {
  const lanes = [lane, ...before.filter(({ branch }) => branch !== lane.branch)];
  return { length, steps, mask, prunable, lanes, leader, changes };
}

/** The changes with one more that a branch has looked at, where they raise the threshold. */
export function changesWith(
  { leader, changes }: DbpruneState,
  { step, branch }: { readonly step: number; readonly branch: string },
  value: number,
  { dynamic }: DbpruneOptions,
): DbpruneState['changes'] {
  if (dynamic === 'no' || branch !== leader) return changes;
  const before = changes.step === step ? changes.values : [];
  return before.length < FIRST_CHANGES ? { step, values: [...before, value] } : changes;
}

/** The threshold for the next block of a step. */
export function thresholdAt({ changes }: DbpruneState, step: number, options: DbpruneOptions): number {
  const { threshold, dynamic, relax, maxThreshold } = options;
  if (dynamic === 'no' || changes.step !== step) return threshold;
  const values = changes.values.filter((value) => value > 0);
  if (values.length === 0) return threshold;
  const relaxed = (values.reduce((sum, value) => sum + value, 0) / values.length) * relax;
  return relaxed < (maxThreshold || 2 * threshold) ? Math.max(threshold, relaxed) : threshold;
}
