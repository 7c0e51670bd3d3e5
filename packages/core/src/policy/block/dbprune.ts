import type { Indicator } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Decision, Entry, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import type { Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { maskFor } from './cache-dit-mask.ts';
import {
  computedAtFirst,
  countAnew,
  countedChange,
  countReuse,
  looks,
  ruleBeforeLooking,
  type CacheDitCounters,
  type Ruling,
} from './cache-dit-rules.ts';
import {
  dbpruneIssues,
  dbpruneMisfits,
  dbpruneOptions,
  type DbpruneOptions,
  type PrunableBlock,
} from './dbprune-options.ts';
import {
  changesWith,
  initialState,
  laneOf,
  thresholdAt,
  withLane,
  type DbpruneState,
} from './dbprune-state.ts';

const ALWAYS = 'a threshold of 1 or more always reuses';

/**
 * DBPrune (vipshop/cache-dit, commit f86744af): every block decides for itself. Its input is compared with its input
 * when it was last computed; while they are near each other, its residual is reused:
 *
 *     prune(block, s) ⇔ ‖h_s − h_c‖₁ / ‖h_c‖₁ < threshold,   h = the block's input, c = its last computed step
 *
 * The first F blocks, the last B and those in `keep` are always computed. Warm-up, mask and limits are those of
 * {@link dbcache} and hold for a step, except the limit of steps in a row: the block that sees it reached is computed
 * and lets the count start anew, so that a single block of the step is computed and no block has a greatest age.
 *
 * With `dynamic: 'yes'` the threshold of a block is the mean of the first five changes of its step times `relax`, if
 * that is between the threshold and `maxThreshold`. With `cfg: 'shared'` the first branch's changes serve all branches.
 */
export const dbprune: PolicyFactory<DbpruneOptions, DbpruneState> = definePolicy<
  DbpruneOptions,
  DbpruneState
>({
  name: 'dbprune',
  about: 'reuses each block whose input has hardly changed (DBPrune)',
  options: dbpruneOptions,
  check: dbpruneIssues,
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1 },
    ...(options.cfg === 'shared' ? { shared: true as const } : {}),
    limits: ({ steps }) => ({
      warmUp: computedAtFirst(options, maskFor(options.mask, steps), steps),
      tail: 0,
    }),
    fit: (run) => dbpruneMisfits(options, run),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

const FIRST: Ruling = { reuse: false, why: { kind: 'first' } };

function decide(state: DbpruneState, at: Position, options: DbpruneOptions): Decision {
  const { length, prunable } = state;
  const { step, site } = at;
  const { computed, counters, verdict } = laneOf(state, at.branch);
  const ruling = ruleBeforeLooking(counters, step, state.mask, options);
  // A rule that holds for the whole step: one stretch, in which every input becomes a reference.
  const whole =
    computed.length === 0 ? FIRST : ruling?.reuse === false && !ruling.resets ? ruling : undefined;
  if (whole && site === 0 && prunable.length > 0)
    return computeBlocks(state, at, length, prunable, whole.why, options);
  const block = prunable.find(({ from }) => from === site);
  if (!block) {
    const next = prunable.find(({ from }) => from > site);
    return compute(next?.from ?? length, { kind: 'always-compute' });
  }
  const known = verdict?.step === step && verdict.site === site ? verdict : ruling;
  if (known && !known.reuse) return computeBlocks(state, at, block.until, [block], known.why, options);
  if (!computed.includes(site)) return computeBlocks(state, at, block.until, [block], FIRST.why, options);
  if (known) return reuse(block.until, 'residual', known.why);
  if (options.threshold >= 1) return reuse(block.until, 'residual', { kind: 'rule', text: ALWAYS });
  return { do: 'measure', what: [indicator(block, options)], why: { kind: 'look' } };
}

/** Computes up to a position and remembers the prunable blocks on the way. */
function computeBlocks(
  state: DbpruneState,
  { step, site, branch }: Position,
  until: number,
  blocks: readonly PrunableBlock[],
  why: Reason,
  options: DbpruneOptions,
): Decision {
  const { mask, steps } = state;
  if (step + 1 >= steps) return compute(until, why);
  const keep = blocks.map(({ from, until: end }): Entry => ({ from, until: end, form: 'residual' }));
  const { verdict } = laneOf(state, branch);
  const looked = verdict?.step === step && verdict.site === site;
  const watch = looked || !looks(mask, options) ? [] : blocks.map((block) => indicator(block, options));
  return compute(until, why, keep, watch);
}

function indicator({ from, input: name }: PrunableBlock, { stride }: DbpruneOptions): Indicator {
  const tap = { of: 'stream', at: from } as const;
  return stride > 1 ? { name, tap, against: 'computed', stride } : { name, tap, against: 'computed' };
}

function observe(state: DbpruneState, seen: Observation, options: DbpruneOptions): DbpruneState {
  const { step, site, branch } = seen;
  if (seen.did === 'measured') return judge(state, seen, options);
  const { computed, counters, verdict } = laneOf(state, branch);
  if (seen.did === 'reused')
    return withLane(state, { branch, computed, counters: countOnce(counters, step), verdict });
  const looked = verdict?.step === step && verdict.site === site;
  const ruling = ruleBeforeLooking(counters, step, state.mask, options);
  const resets = ruling?.resets && !looked && state.prunable.some(({ from }) => from === site);
  const counted = resets ? countAnew(counters) : counters;
  return withLane(state, {
    branch,
    computed: computedAfter(state, computed, seen),
    counters: counted,
    verdict,
  });
}

/** Where the prunable blocks begin that were computed before. Nothing is added once all of them were. */
function computedAfter(
  { prunable }: DbpruneState,
  computed: readonly number[],
  { site, until }: Observation,
): readonly number[] {
  if (computed.length === prunable.length) return computed;
  const ran = prunable.map(({ from }) => from).filter((from) => from >= site && from < until);
  return [...computed, ...ran.filter((from) => !computed.includes(from))];
}

/** The step counts as reused with its first pruned block. */
function countOnce(counters: CacheDitCounters, step: number): CacheDitCounters {
  return counters.lastCached === step ? counters : countReuse(counters, step);
}

/** Rule 7: what the indicator of a block says. */
function judge(
  state: DbpruneState,
  { step, site, branch, measured }: Observation,
  options: DbpruneOptions,
): DbpruneState {
  const block = state.prunable.find(({ from }) => from === site);
  const measurement = block && measured[block.input];
  const change = readRatio(measurement);
  const threshold = thresholdAt(state, step, options);
  // A threshold that has risen to 1 or more prunes whatever the change, which then does not enter the mean.
  const always = threshold >= 1;
  const counted = always ? 0 : countedChange(measurement);
  const changes = changesWith(state, { step, branch }, counted, options);
  const { computed, counters } = laneOf(state, branch);
  const decided = (reused: boolean, why: Reason): DbpruneState =>
    withLane(state, { branch, computed, counters, verdict: { step, site, reuse: reused, why } }, changes);
  if (!change.usable) return decided(false, { kind: 'no-indicator', because: change.because });
  const { value } = change;
  if (always) return decided(true, { kind: 'rule', text: ALWAYS });
  return value < threshold
    ? decided(true, { kind: 'below-threshold', value, threshold })
    : decided(false, { kind: 'above-threshold', value, threshold });
}
