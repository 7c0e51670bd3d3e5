import type { Policy } from '@refrain/core';
import type { RunCase } from '../cases/run-case.ts';
import type { IndicatorTrace, TraceValue } from '../cases/traces.ts';
import type { Course } from './course.ts';
import { Walker } from './walk.ts';
import { traceWorld, type TraceWorld } from './world.ts';

/** What is tried on a tree of traces. */
export interface WalkTree {
  readonly policy: Policy;
  readonly run: RunCase;
  /** What an indicator may show at a step. */
  readonly magnitudes: readonly TraceValue[];
  /** For each a course is walked, in which both sums of a ratio are multiplied by it. Left out: one, as it is. */
  readonly scales?: readonly number[];
}

/**
 * Walks a policy through every trace over some magnitudes: `magnitudes.length ** steps` of them. Traces that begin alike
 * are walked once as far as they are alike, since the state of a policy is a value; whether it is, is another law.
 *
 * @param tree - what is walked
 * @param onTrace - is told each trace, and what the policy did on it at each scale
 */
export function walkTree(
  { policy, run, magnitudes, scales = [1] }: WalkTree,
  onTrace: (trace: IndicatorTrace, courses: readonly Course[]) => void,
): void {
  const grow = (trace: IndicatorTrace, stems: readonly Stem[]): void => {
    const step = trace.length;
    if (step === run.steps) {
      onTrace(
        trace,
        stems.map(({ walker }) => walker.course),
      );
      return;
    }
    for (const value of magnitudes) {
      const longer = [...trace, value];
      const grown = stems.map(({ walker, world }): Stem => {
        const branch = world.fork(longer);
        return { world: branch, walker: new Walker(policy, run, branch, walker) };
      });
      for (const { walker } of grown) walker.step(step);
      grow(longer, grown);
    }
  };
  const roots = scales.map((scale): Stem => {
    const world = traceWorld([], scale);
    return { world, walker: new Walker(policy, run, world) };
  });
  grow([], roots);
}

/** A walk that goes on in as many ways as there are magnitudes. */
interface Stem {
  readonly world: TraceWorld;
  readonly walker: Walker;
}
