import { parsePolicy } from '@refrain/core';
import type { PolicyFamily } from '../sweep/design.ts';
import type { FamilyMember } from '../sweep/member.ts';
import type { PolicyFailure, PolicyOutcome } from '../sweep/outcome.ts';
import type { Evaluate } from './evaluator.ts';
import {
  compareStandings,
  standingOf,
  type DriftJudgement,
  type Standing,
  type TuneTarget,
} from './target.ts';

/** A policy that was tried. */
export interface Trial {
  readonly member: FamilyMember;
  readonly outcome: PolicyOutcome;
  readonly standing: Standing;
}

/** Tries policies, each once, and remembers all. */
export class Trials {
  readonly #byPolicy = new Map<string, Trial | undefined>();
  readonly #evaluate: Evaluate;
  readonly #target: TuneTarget;
  readonly #judgement: DriftJudgement;
  readonly failures: PolicyFailure[] = [];

  /**
   * @param evaluate - predicts what a policy does
   * @param target - what is wanted
   * @param judgement - which drift counts
   */
  constructor(evaluate: Evaluate, target: TuneTarget, judgement: DriftJudgement) {
    this.#evaluate = evaluate;
    this.#target = target;
    this.#judgement = judgement;
  }

  /** How many policies were tried. */
  get size(): number {
    return this.#byPolicy.size;
  }

  /** Tries a policy, unless it was tried before. Undefined if it cannot be replayed. */
  try(member: FamilyMember): Trial | undefined {
    const { policy } = member;
    if (this.#byPolicy.has(policy)) return this.#byPolicy.get(policy);
    const outcome = this.#evaluate(parsePolicy(policy));
    const failed = 'error' in outcome;
    if (failed) this.failures.push(outcome);
    const trial = failed
      ? undefined
      : { member, outcome, standing: standingOf(outcome, this.#target, this.#judgement) };
    this.#byPolicy.set(policy, trial);
    return trial;
  }

  /** Everything that could be replayed, in the order of trial. */
  all(): readonly Trial[] {
    return [...this.#byPolicy.values()].filter((trial) => trial !== undefined);
  }

  /** The best trial of each family, best first. */
  bestOfFamilies(): readonly Trial[] {
    const best = new Map<PolicyFamily, Trial>();
    for (const trial of this.all()) {
      const known = best.get(trial.member.family);
      if (!known || isBetter(trial, known)) best.set(trial.member.family, trial);
    }
    return [...best.values()].toSorted((a, b) => compareStandings(a.standing, b.standing));
  }
}

/** True if the first is strictly better. */
export function isBetter(a: Trial, b: Trial): boolean {
  return compareStandings(a.standing, b.standing) < 0;
}
