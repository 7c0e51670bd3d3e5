import type { DecisionRecord } from '@refrain/core';
import { lanesOf, type Course } from '../walk/course.ts';
import { shapeOf } from '../walk/shapes.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 5. */
export const windows: PolicyLaw = {
  name: 'windows',
  number: 5,
  statement: 'Nothing is reused inside the warm-up and the tail that the policy states, and both make sense.',
  matters:
    'The first steps lay out the picture and the last ones its details: an error there is an error in the result.',
  fault:
    'xDiT counts calls, so that the step which TeaCache computes last lands on the first one of the next generation.',
  course(course) {
    for (const lane of lanesOf(course.decisions)) {
      const first = lane[0];
      if (!first) continue;
      const breach = inLane(course, lane, first);
      if (breach) return breach;
    }
    return undefined;
  },
};

function inLane(
  course: Course,
  lane: readonly DecisionRecord[],
  { branch, call }: DecisionRecord,
): Breach | undefined {
  const { policy, run } = course;
  const { warmUp, tail, maxAge = 0 } = policy.limits(shapeOf(run, branch, call));
  for (const [name, count] of Object.entries({ warmUp, tail, maxAge }))
    if (!Number.isInteger(count) || count < 0 || (name !== 'maxAge' && count > run.steps))
      return {
        reason: `limits state a ${name} of ${count}, expected an integer from 0 to ${run.steps} steps`,
      };
  const broken = lane.find(
    ({ did, step }) => did === 'reused' && (step < warmUp || step >= run.steps - tail),
  );
  if (!broken) return undefined;
  const where = broken.step < warmUp ? `a warm-up of ${warmUp}` : `a tail of ${tail} of ${run.steps}`;
  return {
    reason: `step ${broken.step} is reused inside ${where} steps`,
    index: course.decisions.indexOf(broken),
  };
}
