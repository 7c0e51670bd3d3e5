import type { WalkCase } from '../cases/policy-source.ts';
import type { Course } from '../walk/course.ts';
import { ImpossibleDecision, Walker } from '../walk/walk.ts';
import { traceWorld } from '../walk/world.ts';
import { accounted } from './accounted.ts';
import type { Breach, LawSetting, PolicyLaw } from './law.ts';

/** A law that is broken, and how. */
export interface BrokenLaw {
  readonly law: PolicyLaw;
  readonly breach: Breach;
}

/**
 * Walks a case and looks at it by all the laws that a walk can show.
 *
 * @param laws - these
 * @param given - the case
 * @param setting - what the policy claims
 * @param onCourse - is told what the policy did
 * @returns the first that is broken
 */
export function walkAll(
  laws: readonly PolicyLaw[],
  given: WalkCase,
  setting: LawSetting,
  onCourse: (course: Course) => void = () => {},
): BrokenLaw | undefined {
  const walked = walkOnce(given);
  const { course } = walked;
  onCourse(course);
  // What cannot be carried out is nothing that other laws could speak of.
  if (walked.impossible !== undefined) {
    const breach = { reason: walked.impossible, course, index: course.decisions.length - 1 };
    return laws.includes(accounted) ? { law: accounted, breach } : undefined;
  }
  for (const law of laws) {
    const breach = law.course?.(course, setting) ?? law.walk?.(given, course, setting);
    if (breach) return { law, breach: { course, ...breach } };
  }
  return undefined;
}

function walkOnce({ policy, run, trace }: WalkCase): {
  readonly course: Course;
  readonly impossible?: string;
} {
  try {
    return { course: new Walker(policy, run, traceWorld(trace)).all() };
  } catch (error) {
    if (error instanceof ImpossibleDecision) return { course: error.course, impossible: error.message };
    throw error;
  }
}
