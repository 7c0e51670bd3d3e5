import fc from 'fast-check';
import { courseOf, runCase } from '../cases/executed.ts';
import { wildSignals } from '../cases/signals.ts';
import type { WalkCase } from '../cases/policy-source.ts';
import { Walker } from '../walk/walk.ts';
import { traceWorld } from '../walk/world.ts';
import { firstDifference } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { PolicyLaw } from './law.ts';

/** Law 7. */
export const causal: PolicyLaw = {
  name: 'causal',
  number: 7,
  statement:
    'What comes later changes nothing that was decided before: a prefix of a trace gives a prefix of the decisions.',
  matters: 'A run cannot look ahead, and a replay that could would promise what no run keeps.',
  fault:
    'Ratios calibrated on one step count and looked up by the last step of another (MagCache) are knowledge of the future that is wrong.',
  walk(given, course) {
    const cut = cutOf(given);
    const other = given.trace.map((value, step) =>
      step < cut ? value : value === 0.5 ? 'zero-reference' : 0.5,
    );
    const again = new Walker(given.policy, given.run, traceWorld(other)).all();
    // Of the step at which the traces part, everything up to its first measurement is decided alike.
    const before = course.decisions.filter(({ step }) => step < cut);
    const index = firstDifference(
      again.decisions.filter(({ step }) => step < cut),
      before,
    );
    const reason = `another trace from step ${cut} on changes what was decided before it`;
    return index === undefined ? undefined : { reason, index };
  },
  runs: [
    executedCheck<{ readonly cut: number; readonly other: readonly number[] }>({
      title: 'is causal: what comes later changes nothing that was decided before',
      signals: wildSignals,
      extra: ({ run }) =>
        fc.record({ cut: fc.integer({ min: 0, max: run.steps }), other: wildSignals(run.steps) }),
      async check(given, { cut, other }, { execute }) {
        const signal = given.signal.map((value, step) => (step < cut ? value : (other[step] ?? 0)));
        const one = await runCase(given, { execute });
        const two = await runCase({ ...given, signal }, { execute });
        const before = (run: typeof one): readonly object[] =>
          run.report.decisions.filter(({ step }) => step < cut);
        const index = firstDifference(before(two), before(one));
        return index === undefined
          ? undefined
          : {
              reason: `other inputs from step ${cut} on change what was decided before`,
              course: courseOf(given, one.report),
              index,
            };
      },
    }),
  ],
};

/** A step that depends on the case, so that all are tried and a case is repeatable. */
function cutOf({ run, trace }: WalkCase): number {
  const first =
    trace.find((value): value is number => typeof value === 'number' && Number.isFinite(value)) ?? 0;
  return Math.floor(Math.abs(first) * 1000) % (run.steps + 1);
}
