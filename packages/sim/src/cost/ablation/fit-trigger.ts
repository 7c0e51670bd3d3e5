import { SimError } from '../../errors.ts';
import type { CostModel } from '../cost-model.ts';
import { bwcacheSchedule, type BwcacheRun } from './bwcache-schedule.ts';

/** A measured or published latency at one interval. */
export interface IntervalLatency {
  /** R, in steps. */
  readonly interval: number;
  /** Seconds of a generation. */
  readonly seconds: number;
}

/** What a fit is made with. */
export interface TriggerFitOptions {
  /** T. */
  readonly steps: number;
  /** Of one pass; a step has one pass. Its indicators are not counted: their cost is what the fit finds. */
  readonly costs: CostModel;
  /**
   * `integer`: all videos trigger at the same step. `mixture`: the latencies are means over videos, some of which trigger at
   * one step and the others at the next; the mean trigger step is then a real number. A number: this mean trigger step is
   * given, and only the overhead is found.
   */
  readonly triggers: 'integer' | 'mixture' | number;
}

/** One latency and what the fit makes of it. */
export interface FittedLatency extends IntervalLatency {
  /** Seconds by the fit. */
  readonly predicted: number;
  /** predicted / seconds − 1. */
  readonly error: number;
  /** Mean number of reused steps. */
  readonly reused: number;
}

/** Trigger step and overhead that come nearest to latencies. */
export interface TriggerFit {
  /** k, the mean over videos. */
  readonly trigger: number;
  /** Seconds of a generation that the indicators cost. */
  readonly overhead: number;
  /** The largest |error|. */
  readonly worst: number;
  readonly latencies: readonly FittedLatency[];
}

/**
 * Seconds of a generation under BWCache, without its indicators: frame in all steps, blocks in the computed ones.
 *
 * @param costs - of one pass; a step has one pass
 * @param run - steps T, interval R, and the trigger step k. A k between two steps is the mean over videos of which some trigger
 * at the one and the others at the other
 * @throws SimError `OPTION_INVALID` when k is out of range
 */
export function bwcacheSeconds(costs: CostModel, run: BwcacheRun): number {
  const { frame, whole, reuse } = costs;
  const stack = whole.reduce((sum, seconds) => sum + seconds, 0);
  return run.steps * (frame + stack) - meanReused(run) * (stack - reuse);
}

/**
 * Mean number of reused steps under BWCache for a mean trigger step.
 *
 * @throws SimError `OPTION_INVALID` when k is out of range
 */
export function meanReused({ steps, interval, trigger }: BwcacheRun): number {
  const low = Math.floor(trigger);
  const share = trigger - low;
  const { count } = bwcacheSchedule({ steps, interval, trigger: low });
  if (share === 0) return count;
  const next = bwcacheSchedule({ steps, interval, trigger: low + 1 });
  return (1 - share) * count + share * next.count;
}

/**
 * The mean trigger step at which BWCache reuses so many steps: the earliest, where several do.
 *
 * @param run - steps T, interval R, and the mean number of reused steps
 * @returns k, between two steps by linear interpolation; undefined when no trigger reuses so many
 */
export function triggerForReused({
  steps,
  interval,
  reused,
}: Omit<BwcacheRun, 'trigger'> & { readonly reused: number }): number | undefined {
  let before = meanReused({ steps, interval, trigger: 1 });
  if (reused > before) return undefined;
  if (reused === before) return 1;
  for (let trigger = 2; trigger < steps; trigger++) {
    const here = meanReused({ steps, interval, trigger });
    if (reused >= here && here < before) return trigger - (reused - here) / (before - here);
    before = here;
  }
  return undefined;
}

/**
 * Finds the trigger step and the indicators' overhead with which BWCache's latencies at several intervals come out best: the
 * largest relative error is the smallest possible. These two are the only free parameters.
 *
 * @param latencies - at least one
 * @throws SimError `OPTION_INVALID` without latencies, or with fewer than 3 steps
 *
 * @example
 * ```ts
 * const costs = publishedCosts('open-sora-1.2');
 * fitTrigger(openSoraAblation.intervals, { steps: 30, costs, triggers: 'mixture' }).worst;
 * ```
 */
export function fitTrigger(
  latencies: readonly IntervalLatency[],
  { steps, costs, triggers }: TriggerFitOptions,
): TriggerFit {
  if (latencies.length === 0)
    throw new SimError('OPTION_INVALID', '[sim] fitTrigger: expected at least one latency, got none');
  if (!(steps >= 3))
    throw new SimError('OPTION_INVALID', `[sim] fitTrigger: expected at least 3 steps, got ${steps}`);
  const worst = worstAt(latencies, steps, costs);
  const most = Math.max(...latencies.map(({ seconds }) => seconds));
  const overheadAt = (trigger: number): number => minimum((overhead) => worst(trigger, overhead), most);
  const errorAt = (trigger: number): number => worst(trigger, overheadAt(trigger));
  const candidates =
    typeof triggers === 'number'
      ? [triggers]
      : Array.from({ length: steps - 2 }, (_, index) => index + 1).map((low) =>
          triggers === 'integer' ? low : low + minimum((share) => errorAt(low + share), 1),
        );
  const errors = candidates.map(errorAt);
  const trigger = candidates[errors.indexOf(Math.min(...errors))] ?? 1;
  const overhead = overheadAt(trigger);
  return {
    trigger,
    overhead,
    worst: worst(trigger, overhead),
    latencies: latencies.map(({ interval, seconds }) => {
      const run = { steps, interval, trigger };
      const predicted = bwcacheSeconds(costs, run) + overhead;
      return { interval, seconds, predicted, error: predicted / seconds - 1, reused: meanReused(run) };
    }),
  };
}

type Worst = (trigger: number, overhead: number) => number;

/** The largest relative error; with the seconds at whole steps computed once. */
function worstAt(latencies: readonly IntervalLatency[], steps: number, costs: CostModel): Worst {
  const table = latencies.map(({ interval }) =>
    Array.from({ length: steps }, (_, trigger) =>
      trigger < 1 ? 0 : bwcacheSeconds(costs, { steps, interval, trigger }),
    ),
  );
  return (trigger, overhead) => {
    const low = Math.floor(trigger);
    const share = trigger - low;
    let most = 0;
    for (const [index, { seconds }] of latencies.entries()) {
      const row = table[index] ?? [];
      const mean = (1 - share) * (row[low] ?? 0) + share * (row[low + 1] ?? 0);
      most = Math.max(most, Math.abs((mean + overhead) / seconds - 1));
    }
    return most;
  };
}

/** Where a convex function on 0 … end is smallest. Between whole steps the error is convex in share and overhead together. */
function minimum(of: (x: number) => number, end: number): number {
  let [low, high] = [0, end];
  // Each turn leaves two thirds: 60 turns leave less than 10⁻¹⁰ of the range.
  for (let turn = 0; turn < 60; turn++) {
    const third = (high - low) / 3;
    // Where several places are equally good, the earliest is taken.
    if (of(low + third) <= of(high - third) + 1e-12) high -= third;
    else low += third;
  }
  // Turns never reach an end that is the best place.
  return of(0) <= of((low + high) / 2) ? 0 : (low + high) / 2;
}
