import type { RangeParameter } from '../sweep/design.ts';
import { memberOf, type FamilyMember } from '../sweep/member.ts';
import { isRange, shareOf, valueAt } from '../sweep/range.ts';
import { isBetter, type Trial, type Trials } from './trials.ts';

/** So often an interval is halved, or cut at the golden ratio. */
const CUTS = 8;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Looks around a trial along each of its ranges, one after the other. Where the target is reached on one side of the trial
 * and missed on the other, the best policy lies at the border, which bisection finds; elsewhere a golden-section search
 * looks for the best. What a policy does jumps with its decisions, so both may end beside the optimum: every trial on the way
 * counts.
 *
 * @param trials - where policies are tried
 * @param start - where to begin
 * @param reach - how far to look to each side, as a share of each range
 * @returns the best trial found, or `start`
 */
export function refine(trials: Trials, start: Trial, reach: number): Trial {
  let best = start;
  for (const [name, parameter] of Object.entries(start.member.family.parameters))
    if (isRange(parameter)) best = new LineSearch(trials, best, name, parameter).run(reach);
  return best;
}

/** A search along one range. Places on it are shares of the way from bound to bound. */
class LineSearch {
  readonly #trials: Trials;
  readonly #member: FamilyMember;
  readonly #name: string;
  readonly #range: RangeParameter;
  #best: Trial;

  constructor(trials: Trials, start: Trial, name: string, range: RangeParameter) {
    this.#trials = trials;
    this.#member = start.member;
    this.#name = name;
    this.#range = range;
    this.#best = start;
  }

  run(reach: number): Trial {
    const start = this.#best;
    const center = shareOf(this.#range, Number(this.#member.values[this.#name]));
    const ends = [Math.max(0, center - reach), Math.min(1, center + reach)] as const;
    const beyond = ends.map((end) => ({ end, trial: this.#at(end) }));
    const border = beyond.find(({ trial }) => trial && reaches(trial) !== reaches(start));
    if (border) this.#bisect(center, border.end, reaches(start));
    else this.#goldenSection(...ends);
    return this.#best;
  }

  #at(share: number): Trial | undefined {
    const { family, values } = this.#member;
    const value = valueAt(this.#range, share);
    const trial = this.#trials.try(memberOf(family, { ...values, [this.#name]: value }));
    if (trial && isBetter(trial, this.#best)) this.#best = trial;
    return trial;
  }

  /** Halves the way from a place that is like the start to one that is not. */
  #bisect(like: number, unlike: number, reached: boolean): void {
    let [near, far] = [like, unlike];
    for (let cut = 0; cut < CUTS; cut++) {
      const middle = (near + far) / 2;
      const trial = this.#at(middle);
      if (trial && reaches(trial) === reached) near = middle;
      else far = middle;
    }
  }

  #goldenSection(from: number, to: number): void {
    let [low, high] = [from, to];
    for (let cut = 0; cut < CUTS; cut++) {
      const span = GOLDEN * (high - low);
      const [left, right] = [this.#at(high - span), this.#at(low + span)];
      if (!left || !right) return;
      if (isBetter(left, right)) high = low + span;
      else low = high - span;
    }
  }
}

function reaches({ standing }: Trial): boolean {
  return standing.miss === 0;
}
