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
  countedChange,
  countReuse,
  looks,
  ruleBeforeLooking,
  type CacheDitCounters,
  type Ruling,
} from './cache-dit-rules.ts';
import { dbpruneIssues, dbpruneMisfits, dbpruneOptions, type DbpruneOptions } from './dbprune-options.ts';
import {
  initialState,
  laneOf,
  noteChange,
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

function decide(state: DbpruneState, at: Position, options: DbpruneOptions): Decision {
  const { length, prunable } = state;
  const { step, site } = at;
  const { computed, counters, verdict } = laneOf(state, at.branch);
  const ruling = ruleBeforeLooking(counters, step, state.mask, options);
  const first: Ruling = { reuse: false, why: { kind: 'first' } };
  // A rule that holds for the whole step: one stretch, in which every input becomes a reference.
  const whole =
    computed.length === 0 ? first : ruling?.reuse === false && !ruling.resets ? ruling : undefined;
  if (whole && site === 0 && prunable.length > 0) return computeBlocks(state, at, length, whole.why, options);
  const block = prunable.find(({ from }) => from === site);
  if (!block) {
    const next = prunable.find(({ from }) => from > site);
    return compute(next?.from ?? length, { kind: 'always-compute' });
  }
  const known = verdict?.step === step && verdict.site === site ? verdict : ruling;
  if (known && !known.reuse) return computeBlocks(state, at, block.until, known.why, options);
  if (!computed.includes(site)) return computeBlocks(state, at, block.until, first.why, options);
  if (known) return reuse(block.until, 'residual', known.why);
  if (options.threshold >= 1) return reuse(block.until, 'residual', { kind: 'rule', text: ALWAYS });
  return { do: 'measure', what: [indicator(site, options)], why: { kind: 'look' } };
}

/** Computes up to a position and remembers all prunable blocks on the way. */
function computeBlocks(
  state: DbpruneState,
  { step, site, branch }: Position,
  until: number,
  why: Reason,
  options: DbpruneOptions,
): Decision {
  const { prunable, mask, steps } = state;
  const blocks = prunable.filter((block) => block.from >= site && block.until <= until);
  if (step + 1 >= steps) return compute(until, why);
  const keep = blocks.map(({ from, until: end }): Entry => ({ from, until: end, form: 'residual' }));
  const { verdict } = laneOf(state, branch);
  const looked = verdict?.step === step && verdict.site === site;
  const watch = looked || !looks(mask, options) ? [] : blocks.map(({ from }) => indicator(from, options));
  return compute(until, why, keep, watch);
}

function indicator(at: number, { stride }: DbpruneOptions): Indicator {
  return {
    name: inputAt(at),
    tap: { of: 'stream', at },
    against: 'computed',
    ...(stride > 1 ? { stride } : {}),
  };
}

function inputAt(site: number): string {
  return `input of the block at ${site}`;
}

function observe(state: DbpruneState, seen: Observation, options: DbpruneOptions): DbpruneState {
  const { step, site, until, branch } = seen;
  if (seen.did === 'measured') return judge(state, seen, options);
  const lane = laneOf(state, branch);
  const { counters, verdict } = lane;
  if (seen.did === 'reused') return withLane(state, branch, { ...lane, counters: countOnce(counters, step) });
  const ran = state.prunable.map(({ from }) => from).filter((from) => from >= site && from < until);
  const computed = [...new Set([...lane.computed, ...ran])];
  const looked = verdict?.step === step && verdict.site === site;
  const ruling = ruleBeforeLooking(counters, step, state.mask, options);
  const resets = ruling?.resets && !looked && ran.includes(site);
  const counted = resets ? { ...counters, continuous: 0 } : counters;
  return withLane(state, branch, { ...lane, computed, counters: counted });
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
  const change = readRatio(measured[inputAt(site)]);
  const threshold = thresholdAt(state, step, options);
  // A threshold that has risen to 1 or more prunes whatever the change, which then does not enter the mean.
  const always = threshold >= 1;
  const next = noteChange(state, step, branch, always ? 0 : countedChange(measured[inputAt(site)]));
  const decided = (reused: boolean, why: Reason): DbpruneState =>
    withLane(next, branch, { ...laneOf(state, branch), verdict: { step, site, reuse: reused, why } });
  if (!change.usable) return decided(false, { kind: 'no-indicator', because: change.because });
  const { value } = change;
  if (always) return decided(true, { kind: 'rule', text: ALWAYS });
  return value < threshold
    ? decided(true, { kind: 'below-threshold', value, threshold })
    : decided(false, { kind: 'above-threshold', value, threshold });
}
