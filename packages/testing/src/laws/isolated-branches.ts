import type { RunReport, StepPlace } from '@refrain/core';
import fc from 'fast-check';
import { borrows, courseOf, inputOf, runCase, runnerOf } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { wildSignals } from '../cases/signals.ts';
import { generate, placesOf } from '../toy/generate.ts';
import { alike } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { ExecutedCheck } from './law.ts';

type Place = Required<StepPlace>;
type LanePlace = Pick<Place, 'branch' | 'call'>;

/** What one lane saw: its outputs and decisions. */
function laneOf(
  { outputs, report }: { readonly outputs: readonly (readonly number[])[]; readonly report: RunReport },
  places: readonly Place[],
  lane: LanePlace,
): object {
  const mine = (place: LanePlace): boolean => place.branch === lane.branch && place.call === lane.call;
  return {
    outputs: outputs.filter((_, index) => places[index] && mine(places[index])),
    decisions: report.decisions.filter(mine),
  };
}

/** Law 8, of the order of branches. */
export const branchOrder: ExecutedCheck = executedCheck<readonly number[]>({
  title: 'does the same in each branch whatever the order of the branches within a step',
  signals: wildSignals,
  extra: ({ run }) => {
    const count = Math.min(placesOf(optionsOf(run)).length, 60);
    return fc.array(fc.nat(9), { minLength: count, maxLength: count });
  },
  async check(given, dice, { execute }) {
    const { run, policy } = given;
    const places = placesOf(optionsOf(run));
    const keys = new Map(places.map((place, index) => [place, dice[index % dice.length] ?? 0]));
    const shuffled = places.toSorted((a, b) => a.step - b.step || (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
    const one = await runCase(given, { execute });
    const two = await runCase(given, { execute, places: shuffled });
    // Where one branch decides for the others, their order is part of the rule.
    if (borrows(one.report.decisions) || policy.shared) return undefined;
    const differs = places.find(
      (lane) => lane.step === 0 && !alike(laneOf(two, shuffled, lane), laneOf(one, places, lane)),
    );
    return (
      differs && {
        reason: `branch ${differs.branch} does something else when the branches come in another order`,
        course: courseOf(given, one.report),
        index: one.report.decisions.findIndex(({ branch }) => branch === differs.branch),
      }
    );
  },
});

/** Law 8, of what happens in another branch. */
export const otherBranch: ExecutedCheck = executedCheck<readonly number[]>({
  title: 'does the same in a branch whatever happens in the other',
  signals: wildSignals,
  extra: ({ run }) => wildSignals(run.steps),
  async check(given, other, { execute }) {
    const { run, policy, signal } = given;
    const alone = await runCase(given, { execute });
    if (run.branches.length < 2 || policy.shared || borrows(alone.report.decisions)) return undefined;
    const [one, two] = [inputOf(signal), inputOf(other)];
    const mixed = (place: Place): number => (place.branch === run.branches[0] ? one(place) : two(place));
    const options = optionsOf(run);
    const together = await generate(runnerOf(run), policy, options, mixed, undefined, execute);
    const places = placesOf(options);
    for (let call = 0; call < run.callsPerStep; call++) {
      const lane = { branch: run.branches[0] ?? '', call };
      if (!alike(laneOf(together, places, lane), laneOf(alone, places, lane)))
        return {
          reason: `branch ${lane.branch} does something else when the other branch has other inputs`,
          course: courseOf(given, alone.report),
          index: 0,
        };
    }
    return undefined;
  },
});
