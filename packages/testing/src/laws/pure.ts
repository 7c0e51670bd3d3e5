import { runCase } from '../cases/executed.ts';
import type { WalkCase } from '../cases/policy-source.ts';
import type { Course } from '../walk/course.ts';
import { Walker } from '../walk/walk.ts';
import { traceWorld } from '../walk/world.ts';
import { firstDifference } from './alike.ts';
import { distrusted, Impurity } from './distrusted.ts';
import { executedCheck } from './executed-check.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 6. */
export const pure: PolicyLaw = {
  name: 'pure',
  number: 6,
  statement:
    'The same state and observation give the same decision; frozen states stay frozen; states survive JSON.',
  matters:
    'Only a pure policy can be replayed, swept in microseconds, printed and taken to another machine: what was seen once can be seen again.',
  fault:
    "cache-dit's `can_cache` resets a counter while it answers, and `similarity` records what it measures: asking twice changes the outcome.",
  walk: (given, course) => compare(given, course),
  runs: [
    executedCheck({
      title: 'decides the same when it is frozen, asked twice and sent through JSON',
      async check(given, _, { execute }) {
        const plain = await runCase(given, { execute });
        const guarded = await runCase({ ...given, policy: distrusted(given.policy) }, { execute });
        const index = firstDifference(guarded.report.decisions, plain.report.decisions);
        if (index === undefined && guarded.error === undefined) return undefined;
        return { reason: guarded.error?.message ?? 'guarded, it decides otherwise', index: index ?? 0 };
      },
    }),
  ],
};

/** The walk that the law takes; the states that it meets are told on the way. */
export function compare(
  { policy, run, trace }: WalkCase,
  course: Course,
  onState?: (text: string) => void,
): Breach | undefined {
  const walker = (() => {
    try {
      return new Walker(distrusted(policy, onState), run, traceWorld(trace));
    } catch (error) {
      if (error instanceof Impurity) return error;
      throw error;
    }
  })();
  if (walker instanceof Impurity) return { reason: walker.message };
  try {
    walker.all();
  } catch (error) {
    if (error instanceof Impurity) return { reason: error.message, index: walker.course.decisions.length };
    throw error;
  }
  const index = firstDifference(walker.course.decisions, course.decisions);
  return index === undefined
    ? undefined
    : { reason: 'it decides otherwise when its state is frozen and goes through JSON', index };
}
