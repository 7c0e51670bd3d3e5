import type { RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { maskFor } from './cache-dit-mask.ts';
import { noneCached, type CacheDitCounters } from './cache-dit-rules.ts';
import { prunableBlocks, type DbpruneOptions } from './dbprune-options.ts';
import type { Middle } from './middle.ts';

/** What DBPrune remembers between steps. */
export type DbpruneState = {
  readonly length: number;
  readonly steps: number;
  /** Digits; empty for none. */
  readonly mask: string;
  /** The blocks that may be pruned. */
  readonly prunable: readonly Middle[];
  /** By guidance branch. */
  readonly lanes: Readonly<Record<string, DbpruneLane>>;
  /** The branch whose changes raise the threshold. */
  readonly leader: string;
  /** Its first changes in a step; 0 where there was none to read. */
  readonly changes: { readonly step: number; readonly values: readonly number[] };
};

/** What DBPrune remembers of one guidance branch. */
export type DbpruneLane = {
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

const NEW_LANE: DbpruneLane = { computed: [], counters: noneCached, verdict: null };

/** The state before the first step. */
export function initialState(run: RunShape, options: DbpruneOptions): DbpruneState {
  return {
    length: run.stream.length,
    steps: run.steps,
    mask: maskFor(options.mask, run.steps),
    prunable: prunableBlocks(run.stream, options),
    lanes: {},
    leader: (options.cfg === 'shared' ? run.branches[0] : undefined) ?? run.branch,
    changes: { step: -1, values: [] },
  };
}

/** What is remembered of a branch. */
export function laneOf({ lanes }: DbpruneState, branch: string): DbpruneLane {
  return (Object.hasOwn(lanes, branch) ? lanes[branch] : undefined) ?? NEW_LANE;
}

/** The state with what is remembered of a branch. */
export function withLane(state: DbpruneState, branch: string, lane: DbpruneLane): DbpruneState {
  return { ...state, lanes: { ...state.lanes, [branch]: lane } };
}

/** Notes a change that a branch has looked at, for the dynamic threshold. */
export function noteChange(state: DbpruneState, step: number, branch: string, value: number): DbpruneState {
  if (branch !== state.leader) return state;
  const before = state.changes.step === step ? state.changes.values : [];
  return { ...state, changes: { step, values: [...before, value].slice(0, FIRST_CHANGES) } };
}

/** The threshold for the next block of a step. */
export function thresholdAt({ changes }: DbpruneState, step: number, options: DbpruneOptions): number {
  const { threshold, dynamic, relax, maxThreshold } = options;
  const values = changes.step === step ? changes.values.filter((value) => value > 0) : [];
  if (dynamic === 'no' || values.length === 0) return threshold;
  const relaxed = (values.reduce((sum, value) => sum + value, 0) / values.length) * relax;
  return relaxed < (maxThreshold || 2 * threshold) ? Math.max(threshold, relaxed) : threshold;
}
