import type { Decision, Entry, Observation } from '../decision.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { stepsOf } from '../options.ts';
import type { Limits, Policy, Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute, reuse } from '../span.ts';
import type { BlockIndicator } from './block-indicators.ts';
import { bwcacheIssues, bwcacheOptions, type BwcacheOptions } from './bwcache-options.ts';
import {
  computedUnit,
  unitsOf,
  untouched,
  watches,
  type ReuseUnit,
  type UnitProgress,
} from './reuse-unit.ts';
import { isInside, outsideWindow, timestepWindow, type TimestepWindow } from './timestep-window.ts';

/** What does not change during a run. */
export type BwcachePlan = {
  readonly steps: number;
  /** R, in steps of this run. */
  readonly interval: number;
  /** Where reuse is allowed at all. */
  readonly window: TimestepWindow;
  /** What is reused together: the whole stack, or each block. */
  readonly units: readonly ReuseUnit[];
};

/** What BWCache remembers between steps: the plan of the run, and what is known about each of its units. */
export type BwcacheState = { readonly plan: BwcachePlan; readonly progress: readonly UnitProgress[] };

/**
 * BWCache (arXiv 2509.13789): the blocks of a DiT change along a U-shaped curve over the steps, so all of them are
 * reused together in its flat middle. The indicator is the mean over N blocks of the relative L1 change:
 *
 *     ARL1(s)/N = (1/N) Σ_i ‖h_{s,i} − h_{s−1,i}‖₁ / ‖h_{s−1,i}‖₁  <  δ
 *
 * - `form: 'released'` follows the released code: `h` is the modulated input of each block's attention; the first step
 *   k below δ triggers, once; from k + 1 on R steps reuse the residual of the whole stack and one computes, in turn,
 *   until the last ⌊k/2⌋ steps, which are computed.
 * - `form: 'paper'` follows the paper's text: `h` is the output of each block; every computed step is compared with
 *   the computed step before it, and allows R reused steps only if it is below δ itself; the output of the last block
 *   is reused as it is; the tail is counted from the first trigger.
 *
 * A mean that is not finite never triggers. Beyond the source, and off unless asked for:
 *
 * - `select: 'blocks'`: the rule holds for each block by itself, on its own change, residual, trigger and schedule;
 * - `rearm: 'yes'`: the released form compares each computed step with the computed step before it, as the paper's;
 * - `stop`: after the trigger, reuse ends for good once a comparison is not below δ (`threshold`), or once the change
 *   per step, ARL1/N divided by the number of steps since the compared one, exceeds `stop` times its minimum;
 * - `low`, `high`: nothing is reused unless low < t < high.
 *
 * @example
 * ```ts
 * bwcache({ threshold: 0.15, interval: '10%' });
 * ```
 */
export const bwcache: PolicyFactory<BwcacheOptions, BwcacheState> = definePolicy<
  BwcacheOptions,
  BwcacheState
>({
  name: 'bwcache',
  about: 'reuses all blocks while their mean relative change is small (BWCache)',
  options: bwcacheOptions,
  check: bwcacheIssues,
  rule: (options) => ({
    granularity: 'block',
    needs: { history: 1, ...(options.form === 'released' ? { modulated: 'all' as const } : {}) },
    ...criterionOf(options),
    limits: (run) => limitsOf(run, options),
    init: (run) => initialState(run, options),
    next: (state, at) => decide(state, at, options),
    observe: (state, seen) => observe(state, seen, options),
  }),
});

/** A chart of the mean can show the threshold only where the mean decides. */
function criterionOf({ form, select, threshold }: BwcacheOptions): Pick<Policy, 'criterion'> {
  if (select === 'blocks') return {};
  return { criterion: { mean: form === 'released' ? 'modulated' : 'output', threshold } };
}

function limitsOf(run: RunShape, options: BwcacheOptions): Limits {
  const { steps } = run;
  const { from, until } = timestepWindow(run, options);
  const tail = options.tail >= 1 ? Math.floor(options.tail) : 0;
  return {
    warmUp: Math.min(steps, Math.max(2, from)),
    tail: Math.min(steps, Math.max(tail, steps - until)),
    maxAge: stepsOf(options.interval, steps),
  };
}

function initialState(run: RunShape, options: BwcacheOptions): BwcacheState {
  const units = unitsOf(run, options);
  const interval = stepsOf(options.interval, run.steps);
  const plan = { steps: run.steps, interval, window: timestepWindow(run, options), units };
  return { plan, progress: units.map(() => untouched) };
}

/** What is to be done with one unit. */
interface Verdict {
  readonly reuse: boolean;
  /** Whether what is computed and measured now may serve a later step. */
  readonly serves: boolean;
  readonly why: Reason;
}

function verdict(
  { steps, interval, window }: BwcachePlan,
  { armed, computed, seen, stopped, trigger }: UnitProgress,
  { step, timestep }: Position,
  options: BwcacheOptions,
): Verdict {
  const tailFrom = steps - tailLength(trigger ?? step, options);
  if (trigger !== null && step >= tailFrom)
    return { reuse: false, serves: false, why: { kind: 'tail', from: tailFrom } };
  // The source measures to the end, whether or not a step is left that it could serve.
  const serves = !stopped && step + 1 < tailFrom && step + 1 < window.until;
  if (!isInside(window, step) && computed >= 0)
    return { reuse: false, serves, why: outsideWindow(timestep, options) };
  const age = step - computed;
  if (trigger !== null && armed && age <= interval) return { reuse: true, serves: false, why: seen };
  return {
    reuse: false,
    serves,
    why: armed ? { kind: 'age-limit', age: age - 1, limit: interval } : seen,
  };
}

/** ⌊k · tail⌋ for a share of the trigger step k, else the count. */
function tailLength(trigger: number, { tail }: BwcacheOptions): number {
  return Math.floor(tail < 1 ? trigger * tail : tail);
}

/** Reuses the unit at the position, or computes all units up to the next one that is reused. */
function decide({ plan, progress }: BwcacheState, at: Position, options: BwcacheOptions): Decision {
  const { units, window } = plan;
  const keep: Entry[] = [];
  let measure: readonly BlockIndicator[] = [];
  let until = at.site;
  let why: Reason | undefined;
  for (let index = unitAt(units, at.site); index < units.length; index++) {
    const unit = units[index];
    const known = progress[index];
    if (!unit || !known) break;
    const what = verdict(plan, known, at, options);
    // Who is asked in the middle of a unit finishes it: what is cached belongs to the whole of it.
    const whole = unit.from >= at.site;
    if (what.reuse && whole && why === undefined) return reuse(unit.until, unit.form, what.why);
    if (what.reuse && whole) break;
    why ??= what.why;
    until = unit.until;
    if (!what.serves || !whole) continue;
    if (isInside(window, at.step + 1)) keep.push({ from: unit.from, until, form: unit.form });
    if (watches(known, options)) measure = measure.concat(unit.indicators);
  }
  return compute(until, why ?? { kind: 'always-compute' }, keep, measure);
}

/** The unit that a position is in. */
function unitAt(units: readonly ReuseUnit[], site: number): number {
  return units.findIndex(({ until }) => site < until);
}

function observe(state: BwcacheState, seen: Observation, options: BwcacheOptions): BwcacheState {
  if (seen.did !== 'computed') return state;
  const { plan, progress: before } = state;
  const progress: UnitProgress[] = [];
  for (const [index, unit] of plan.units.entries()) {
    const known = before[index] ?? untouched;
    const touched = seen.site < unit.until && unit.from < seen.until;
    progress.push(touched ? computedUnit(unit, known, seen, options) : known);
  }
  return { plan, progress: progress.length > 1 && !seen.refused ? disarmed(progress, before) : progress };
}

/** One block that cannot be compared tells of trouble in all of them: each is compared anew before it is reused. */
function disarmed(
  progress: readonly UnitProgress[],
  before: readonly UnitProgress[],
): readonly UnitProgress[] {
  const trouble = progress.find(
    (known, index) => known !== before[index] && known.seen.kind === 'no-indicator',
  );
  if (!trouble) return progress;
  return progress.map((known) => (known.armed ? { ...known, armed: false, seen: trouble.seen } : known));
}
