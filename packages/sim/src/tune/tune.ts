import { SimError } from '../errors.ts';
import { defaultDesign } from '../sweep/default-design.ts';
import type { Design } from '../sweep/design.ts';
import type { PolicyFailure, PolicyOutcome } from '../sweep/outcome.ts';
import { paretoFront } from '../sweep/pareto-front.ts';
import { randomMembers } from '../sweep/random-design.ts';
import type { Evaluate } from './evaluator.ts';
import { refine } from './refine.ts';
import { describeTarget, requireTarget, type DriftJudgement, type TuneTarget } from './target.ts';
import { Trials, type Trial } from './trials.ts';

/** How a policy is searched for. */
export interface TuneOptions {
  /** Predicts what a policy does: see {@link evaluator}. */
  readonly evaluate: Evaluate;
  /** Which policies are tried. @defaultValue `defaultDesign()` */
  readonly design?: Design;
  /** How many policies of the design are tried before the best are refined. @defaultValue 20 for each family */
  readonly explore?: number;
  /** How many of the best families are refined. @defaultValue 8 */
  readonly refine?: number;
  /** How many policies are wanted: the best ones of so many families. @defaultValue 5 */
  readonly best?: number;
  /** Which drift counts. @defaultValue `mean` */
  readonly judgement?: DriftJudgement;
  /** An integer that shifts what is tried. @defaultValue 0 */
  readonly seed?: number;
}

/** A policy that reaches a target, as predicted. */
export interface Tuned {
  readonly policy: string;
  readonly outcome: PolicyOutcome;
  /**
   * The best policies that reach the target, best first, each of another family, so that they err in different ways: to be
   * confirmed on the model. The first is {@link policy}.
   */
  readonly best: readonly PolicyOutcome[];
  /** The Pareto front of everything that was tried. */
  readonly front: readonly PolicyOutcome[];
  readonly search: TuneSearch;
}

/** How a search went. */
export interface TuneSearch {
  /** Policies that were tried. */
  readonly tried: number;
  /** Those of them that came after the first design, around the best. */
  readonly refined: number;
  /** Those that reach the target. */
  readonly reached: number;
  /** Those that cannot be replayed, and why. */
  readonly failures: readonly PolicyFailure[];
}

/** Each round of refinement looks less far to each side. */
const REACHES: readonly number[] = [0.25, 0.1, 0.03];

/**
 * Finds the policy that reaches a target at the least price: with `speedup` the least drift; with `drift` or `bytes` the
 * greatest speed. (With `bytes` alone drift is not bounded: give both.) Policies of all families are tried over their
 * whole ranges, then the best of the best families are refined. Deterministic.
 *
 * @param target - what is wanted; several wishes must all come true
 * @param options - what predicts, what is tried and how much
 * @throws SimError `TARGET_UNREACHABLE` when no policy that was tried reaches the target: the message says what is reachable
 * and with which policy; `OPTION_INVALID`
 *
 * @example
 * ```ts
 * const evaluate = evaluator(recordings);
 * const { policy, outcome } = tune({ speedup: 2 }, { evaluate, design: defaultDesign(recordings) });
 * ```
 */
export function tune(target: TuneTarget, options: TuneOptions): Tuned {
  requireTarget(target);
  const { design = defaultDesign(), judgement = 'mean', seed = 0 } = options;
  const { explore = 20 * design.families.length, refine: families = 8, best: wanted = 5 } = options;
  const counts = [
    ['explore', explore],
    ['refine', families],
    ['best', wanted],
  ] as const;
  for (const [name, count] of counts) requireCount(name, count, name === 'refine' ? 0 : 1);
  const trials = new Trials(options.evaluate, target, judgement);
  for (const member of randomMembers(design, explore, seed)) trials.try(member);
  const explored = trials.size;
  for (const reach of REACHES)
    for (const trial of trials.bestOfFamilies().slice(0, families)) refine(trials, trial, reach);
  return tunedOf(trials, target, { explored, wanted });
}

function tunedOf(
  trials: Trials,
  target: TuneTarget,
  { explored, wanted }: { readonly explored: number; readonly wanted: number },
): Tuned {
  const reached = (trial: Trial): boolean => trial.standing.miss === 0;
  const ranked = trials.bestOfFamilies();
  const [best] = ranked;
  if (!best || !reached(best)) throw unreachable(trials, target, best);
  const all = trials.all();
  return {
    policy: best.outcome.policy,
    outcome: best.outcome,
    best: ranked
      .filter(reached)
      .slice(0, wanted)
      .map(({ outcome }) => outcome),
    front: paretoFront(all.map(({ outcome }) => outcome)),
    search: {
      tried: trials.size,
      refined: trials.size - explored,
      reached: all.filter(reached).length,
      failures: trials.failures,
    },
  };
}

function unreachable(trials: Trials, target: TuneTarget, nearest: Trial | undefined): SimError {
  const [failure] = trials.failures;
  const wish = `[sim] tune: none of ${trials.size} policies reaches ${describeTarget(target)}`;
  if (nearest && nearest.standing.miss < Infinity) {
    const { policy, speed, drift, bytesHeld } = nearest.outcome;
    return new SimError(
      'TARGET_UNREACHABLE',
      `${wish}: the nearest is ${policy} with a speed-up of ${figure(speed)}, a drift of ${figure(drift)} and ${bytesHeld} ` +
        'bytes. Wish for less, or give a design with other policies',
    );
  }
  const reason = nearest
    ? 'none of them makes the run faster with a drift that can be predicted'
    : `none of them can be replayed on the recordings (${failure?.message ?? 'there are none'})`;
  return new SimError('TARGET_UNREACHABLE', `${wish}: ${reason}. Give a design with other policies`);
}

function figure(value: number | null): string {
  return value === null ? 'unknown size' : String(Number(value.toPrecision(4)));
}

function requireCount(name: string, count: number, least: number): void {
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new SimError(
    'OPTION_INVALID',
    `[sim] tune: ${name}: expected an integer of at least ${least}, got ${count}`,
  );
}
