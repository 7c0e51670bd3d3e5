import type { Indicator } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Decision, Entry, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { maskFor } from './cache-dit-mask.ts';
import {
  computedAtFirst,
  countReuse,
  looks,
  noneCached,
  ruleBeforeLooking,
  type CacheDitCounters,
  type Ruling,
} from './cache-dit-rules.ts';
import {
  dbpruneIssues,
  dbpruneMisfits,
  dbpruneOptions,
  prunableBlocks,
  type DbpruneOptions,
} from './dbprune-options.ts';
import type { Middle } from './middle.ts';

/** What DBPrune remembers between steps. */
export type DbpruneState = {
  readonly length: number;
  readonly steps: number;
  /** Digits; empty for none. */
  readonly mask: string;
  /** The blocks that may be pruned. */
  readonly prunable: readonly Middle[];
  /** Where those of them begin that were computed before. */
  readonly computed: readonly number[];
  readonly counters: CacheDitCounters;
  /** The first changes of a step; 0 where there was none to read. */
  readonly changes: { readonly step: number; readonly values: readonly number[] };
  /** What happens to the block at `site`, once its indicator is in. */
  readonly verdict: {
    readonly step: number;
    readonly site: number;
    readonly reuse: boolean;
    readonly why: Reason;
  } | null;
};

const ALWAYS = 'a threshold of 1 or more always reuses';

/** How many changes of a step enter the dynamic threshold. */
const FIRST_CHANGES = 5;

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
 * that is between the threshold and `maxThreshold`.
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

function initialState({ stream, steps }: RunShape, options: DbpruneOptions): DbpruneState {
  return {
    length: stream.length,
    steps,
    mask: maskFor(options.mask, steps),
    prunable: prunableBlocks(stream, options),
    computed: [],
    counters: noneCached,
    changes: { step: -1, values: [] },
    verdict: null,
  };
}

function decide(state: DbpruneState, at: Position, options: DbpruneOptions): Decision {
  const { length, prunable, computed } = state;
  const { step, site } = at;
  const ruling = ruleBeforeLooking(state.counters, step, state.mask, options);
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
  const known = state.verdict?.step === step && state.verdict.site === site ? state.verdict : ruling;
  if (known && !known.reuse) return computeBlocks(state, at, block.until, known.why, options);
  if (!computed.includes(site)) return computeBlocks(state, at, block.until, first.why, options);
  if (known) return reuse(block.until, 'residual', known.why);
  if (options.threshold >= 1) return reuse(block.until, 'residual', { kind: 'rule', text: ALWAYS });
  return { do: 'measure', what: [indicator(site, options)], why: { kind: 'look' } };
}

/** Computes up to a position and remembers all prunable blocks on the way. */
function computeBlocks(
  { prunable, mask, steps, verdict }: DbpruneState,
  { step, site }: Position,
  until: number,
  why: Reason,
  options: DbpruneOptions,
): Decision {
  const blocks = prunable.filter((block) => block.from >= site && block.until <= until);
  if (step + 1 >= steps) return compute(until, why);
  const keep = blocks.map(({ from, until: end }): Entry => ({ from, until: end, form: 'residual' }));
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

function thresholdAt({ changes }: DbpruneState, step: number, options: DbpruneOptions): number {
  const { threshold, dynamic, relax, maxThreshold } = options;
  const values = changes.step === step ? changes.values.filter((value) => value > 0) : [];
  if (dynamic === 'no' || values.length === 0) return threshold;
  const relaxed = (values.reduce((sum, value) => sum + value, 0) / values.length) * relax;
  return relaxed < (maxThreshold || 2 * threshold) ? Math.max(threshold, relaxed) : threshold;
}

function observe(state: DbpruneState, seen: Observation, options: DbpruneOptions): DbpruneState {
  const { step, site, until } = seen;
  if (seen.did === 'measured') return judge(state, seen, options);
  const { counters, prunable, mask, verdict } = state;
  if (seen.did === 'reused') return countOnce(state, step);
  const ran = prunable.map(({ from }) => from).filter((from) => from >= site && from < until);
  const computed = [...new Set([...state.computed, ...ran])];
  const looked = verdict?.step === step && verdict.site === site;
  const ruling = ruleBeforeLooking(counters, step, mask, options);
  const resets = ruling?.resets && !looked && ran.includes(site);
  return { ...state, computed, counters: resets ? { ...counters, continuous: 0 } : counters };
}

/** The step counts as reused with its first pruned block. */
function countOnce(state: DbpruneState, step: number): DbpruneState {
  if (state.counters.lastCached === step) return state;
  return { ...state, counters: countReuse(state.counters, step) };
}

/** Rule 7: what the indicator of a block says. */
function judge(
  state: DbpruneState,
  { step, site, measured }: Observation,
  options: DbpruneOptions,
): DbpruneState {
  const change = readRatio(measured[inputAt(site)]);
  const threshold = thresholdAt(state, step, options);
  const before = state.changes.step === step ? state.changes.values : [];
  // A threshold that has risen to 1 or more prunes whatever the change, which then does not enter the mean.
  const always = threshold >= 1;
  const values = [...before, change.usable && !always ? change.value : 0].slice(0, FIRST_CHANGES);
  const decided = (reused: boolean, why: Reason): DbpruneState => ({
    ...state,
    changes: { step, values },
    verdict: { step, site, reuse: reused, why },
  });
  if (!change.usable) return decided(false, { kind: 'no-indicator', because: change.because });
  const { value } = change;
  if (always) return decided(true, { kind: 'rule', text: ALWAYS });
  return value < threshold
    ? decided(true, { kind: 'below-threshold', value, threshold })
    : decided(false, { kind: 'above-threshold', value, threshold });
}
