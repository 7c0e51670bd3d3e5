import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import { readRatio } from '../../indicator/ratio.ts';
import type { Decision, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import { maskFor, maskMisfit } from './cache-dit-mask.ts';
import {
  computedAtFirst,
  countAnew,
  countChange,
  countedChange,
  countReuse,
  longestReuse,
  looks,
  ruleBeforeLooking,
  type Ruling,
} from './cache-dit-rules.ts';
import { contextAt, newContext, nextContext, type DbcacheContext } from './dbcache-context.ts';
import { dbcacheOptions, type DbcacheOptions } from './dbcache-options.ts';
import { FRONT_RESIDUAL, frontResidual } from './front-residual.ts';
import { endsMisfit, middleOf, type Middle } from './middle.ts';

/** What DBCache remembers between steps. */
export type DbcacheState = {
  readonly length: number;
  readonly steps: number;
  readonly middle: Middle;
  /** Digits; empty for none. */
  readonly mask: string;
  /** One for each guidance branch that was passed through. */
  readonly contexts: readonly DbcacheContext[];
  /** The newest change that a branch looked at, for the other one. */
  readonly shared: {
    readonly step: number;
    readonly branch: string;
    /** Null where it could not be read. */
    readonly value: number | null;
    /** What it adds to the accumulated change. */
    readonly counted: number;
  } | null;
};

/**
 * DBCache (vipshop/cache-dit, commit f86744af): the first F blocks are computed in every step, and what they add to the
 * stream tells how much the rest has changed; the last B blocks are computed too, and repair what was reused. In between
 * the residual is reused:
 *
 *     reuse(s) ⇔ ‖R_s − R_c‖₁ / ‖R_c‖₁ < threshold,   R = h_F − h_0, c = the last computed step
 *
 * unless one of these says otherwise, in this order: warm-up, mask, number of reused steps, number in a row, sum of the
 * changes. A threshold of 1 or more reuses without a look. The number in a row is counted as the source does it: it goes
 * on after a step that the threshold let compute, and a limit of 1 lets two pass.
 */
export const dbcache: PolicyFactory<DbcacheOptions, DbcacheState> = definePolicy<
  DbcacheOptions,
  DbcacheState
>({
  name: 'dbcache',
  about: 'reuses the middle blocks while the front ones hardly change what they add (DBCache)',
  options: dbcacheOptions,
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1 },
    ...(options.cfg === 'shared' ? { shared: true as const } : {}),
    limits: ({ steps }) => {
      const maxAge = longestReuse(options);
      const warmUp = computedAtFirst(options, maskOf(options, steps), steps);
      return { warmUp, tail: 0, ...(maxAge !== undefined && { maxAge }) };
    },
    fit: (run) => [...endsMisfit(options, run), ...maskMisfit(options.mask, options.generation || run.steps)],
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

function initialState({ stream, steps }: RunShape, options: DbcacheOptions): DbcacheState {
  const middle = middleOf(stream.blocks, options);
  return {
    length: stream.length,
    steps,
    middle,
    mask: maskOf(options, steps),
    contexts: [],
    shared: null,
  };
}

/** A preset is made for one generation. */
function maskOf({ mask, generation }: DbcacheOptions, steps: number): string {
  return maskFor(mask, generation || steps);
}

/** The context of a branch, and what is decided in it before its indicator is looked at. */
function openContext(
  { contexts, mask }: DbcacheState,
  { step, branch }: Pick<Position, 'step' | 'branch'>,
  options: DbcacheOptions,
): { readonly context: DbcacheContext; readonly ruling: Ruling | undefined } {
  const known = contexts.find((context) => context.branch === branch);
  const context = contextAt(known ?? newContext(branch, 0, false), step, options);
  const { counters, origin, computed } = context;
  const ruling = ruleBeforeLooking(counters, step - origin, mask, options, options.maxAccumulated);
  if (!computed && ruling?.reuse !== false)
    return { context, ruling: { reuse: false, why: { kind: 'first' } } };
  if (ruling || options.threshold < 1) return { context, ruling };
  return {
    context,
    ruling: { reuse: true, why: { kind: 'rule', text: 'a threshold of 1 or more always reuses' } },
  };
}

function decide(state: DbcacheState, at: Position, options: DbcacheOptions): Decision {
  const { length, middle, mask } = state;
  const { from, until } = middle;
  if (from === until || at.site >= until) return compute(length, { kind: 'always-compute' });
  const { context, ruling } = openContext(state, at, options);
  const keep =
    at.step + 1 < state.steps && at.site <= from ? [{ from, until, form: 'residual' as const }] : [];
  const watch = looks(mask, options) ? [indicator(middle, options)] : [];
  if (at.site === 0) {
    if (ruling?.reuse === false) return compute(length, ruling.why, keep, watch);
    return compute(from, ruling ? { kind: 'always-compute' } : { kind: 'look' }, [], ruling ? [] : watch);
  }
  // The verdict first: looking may have added up to the limit of the accumulated change, which counts from now on.
  const verdict = context.verdict?.step === at.step ? context.verdict : ruling;
  if (at.site !== from || !verdict) return compute(length, { kind: 'always-compute' }, keep);
  return verdict.reuse ? reuse(until, 'residual', verdict.why) : compute(length, verdict.why, keep);
}

function indicator({ from }: Middle, options: DbcacheOptions): Indicator {
  const residual = frontResidual(from, 'computed', options.stride);
  return options.indicator === 'residual' ? residual : { ...residual, tap: { of: 'stream', at: from } };
}

function observe(state: DbcacheState, seen: Observation, options: DbcacheOptions): DbcacheState {
  const { from } = state.middle;
  const { step, site } = seen;
  if (seen.did === 'measured' || site > from) return state;
  const { context, ruling } = openContext(state, seen, options);
  const { computed, counters, verdict } = context;
  if (seen.did === 'reused') {
    const counted = countReuse(counters, step - context.origin);
    return withContext(state, nextContext(context, computed, counted, verdict));
  }
  if (seen.until > from) {
    const counted = site === 0 && ruling?.resets ? countAnew(counters) : counters;
    return withContext(state, nextContext(context, true, counted, verdict));
  }
  return ruling ? withContext(state, context) : judge(state, context, seen, options);
}

/** Rule 7: what the indicator says. A branch that follows another one must have something of its own to compare with. */
function judge(
  state: DbcacheState,
  context: DbcacheContext,
  seen: Observation,
  { threshold, cfg }: DbcacheOptions,
): DbcacheState {
  const { step, branch, measured } = seen;
  const change = changeOf(measured[FRONT_RESIDUAL]);
  const led = cfg === 'shared' && state.shared?.step === step && state.shared.branch !== branch;
  const { value, counted } = led && change.comparable && state.shared ? state.shared : change;
  const leads = cfg === 'shared' && !led;
  const shared = leads ? { step, branch, value, counted } : state.shared;
  const counters = countChange(context.counters, counted);
  const decided = (reused: boolean, why: Reason): DbcacheState =>
    withContext(
      state,
      nextContext(context, context.computed, counters, { step, reuse: reused, why }),
      shared,
    );
  if (value === null)
    return decided(false, { kind: 'no-indicator', because: change.because ?? 'not-finite' });
  return value < threshold
    ? decided(true, { kind: 'below-threshold', value, threshold })
    : decided(false, { kind: 'above-threshold', value, threshold });
}

/** What a branch measured itself. Another branch's change may stand in for it even where the reference is zero. */
function changeOf(measurement: Measurement | undefined): {
  readonly value: number | null;
  readonly counted: number;
  readonly comparable: boolean;
  readonly because?: (Reason & { kind: 'no-indicator' })['because'];
} {
  const reading = readRatio(measurement);
  const counted = countedChange(measurement);
  if (reading.usable) return { value: reading.value, counted, comparable: true };
  const { because } = reading;
  const zeros = because === 'zero-reference' && measurement?.kind === 'sums';
  return { value: null, counted, comparable: zeros && Number.isFinite(measurement.numerator), because };
}

function withContext(
  { length, steps, middle, mask, contexts: before, shared: change }: DbcacheState,
  context: DbcacheContext,
  shared = change,
): DbcacheState {
  const contexts = [context, ...before.filter(({ branch }) => branch !== context.branch)];
  return { length, steps, middle, mask, contexts, shared };
}
