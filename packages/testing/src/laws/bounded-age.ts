import type { DecisionRecord } from '@refrain/core';
import { lanesOf, type Course } from '../walk/course.ts';
import { shapeOf } from '../walk/shapes.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 4. */
export const boundedAge: PolicyLaw = {
  name: 'bounded-age',
  number: 4,
  statement: 'No entry is used for more consecutive steps than the policy states, nor when it is older.',
  matters: 'A feature that is used for ever freezes what moves; the limit is what bounds the damage.',
  fault:
    'cache-dit resets its count of continuous reuses only when the limit is met, never on a threshold miss, and counts the first reuse twice.',
  course(course) {
    for (const lane of lanesOf(course.decisions)) {
      const breach = inLane(course, lane);
      if (breach) return breach;
    }
    return undefined;
  },
};

/** What stands at a position: since when, and how often it has been used. */
interface Content {
  readonly step: number;
  readonly uses: number;
}

function inLane(course: Course, lane: readonly DecisionRecord[]): Breach | undefined {
  const { policy, run } = course;
  const { maxAge } = policy.limits(shapeOf(run, lane[0]?.branch, lane[0]?.call));
  if (maxAge === undefined) return undefined;
  const contents = new Map<number, Content>();
  for (const record of lane) {
    const { did, step, site, until } = record;
    for (let position = site; position < until; position++) {
      const content = contents.get(position);
      if (did === 'computed' || !content) contents.set(position, { step, uses: 0 });
      else {
        const { step: made } = content;
        const uses = content.uses + 1;
        contents.set(position, { step: made, uses });
        if (uses > maxAge || step - made > maxAge)
          return {
            reason: `at step ${step} the entry of step ${made} is used for the ${uses}. time, the policy states at most ${maxAge}`,
            index: course.decisions.indexOf(record),
          };
      }
    }
  }
  return undefined;
}
