import type { Policy } from '@refrain/core';
import type { WalkCase } from '../cases/policy-source.ts';
import type { RunCase } from '../cases/run-case.ts';
import type { TraceValue } from '../cases/traces.ts';
import { ImpossibleDecision } from '../walk/walk.ts';
import { walkTree } from '../walk/walk-tree.ts';
import type { Course } from '../walk/course.ts';
import { accounted } from './accounted.ts';
import { distrusted, Impurity } from './distrusted.ts';
import type { Breach, LawSetting, PolicyCapabilities, PolicyLaw } from './law.ts';
import { lawsFor, settingOf } from './properties.ts';
import { pure } from './pure.ts';
import { scaleFree } from './scale-free.ts';
import { verdictDifference } from './verdict-difference.ts';

/** What is enumerated. */
export interface Enumeration {
  readonly policy: Policy;
  readonly run: RunCase;
  /** What an indicator may show at a step. */
  readonly magnitudes: readonly TraceValue[];
  readonly capabilities?: PolicyCapabilities;
}

/** What came of it. */
export interface Enumerated {
  /** Traces that were tried. */
  readonly traces: number;
  /** The first law that is broken, on which trace and how. */
  readonly broken?: { readonly law: PolicyLaw; readonly breach: Breach; readonly given: WalkCase };
}

/**
 * Tries the laws that a walk can show on *every* trace of a run over a few magnitudes, instead of on random ones. All
 * decisions are asked for twice, on states that are frozen and went through JSON (law 6), and at two scales (law 9); that
 * what comes later changes nothing (law 7) follows, since traces that begin alike are walked together.
 *
 * @param enumeration - a policy, a run of few steps, and the magnitudes: `magnitudes.length ** run.steps` traces
 *
 * @example
 * ```ts
 * const run = { steps: 8, blocks: 2, modules: [], branches: ['conditional'], callsPerStep: 1 };
 * const { traces, broken } = enumerateLaws({ policy: teacache(), run, magnitudes: [0.01, 0.1, 0.7] }); // 6561 traces
 * ```
 */
export function enumerateLaws({ policy, run, magnitudes, capabilities = {} }: Enumeration): Enumerated {
  const setting = settingOf({ capabilities });
  const laws = lawsFor(capabilities).filter((law) => law.course !== undefined);
  let traces = 0;
  let given: WalkCase = { policy, run, trace: [] };
  try {
    walkTree({ policy: distrusted(policy), run, magnitudes, scales: [1, 64] }, (trace, courses) => {
      given = { policy, run, trace };
      traces += 1;
      const broken = firstBroken(laws, given, courses, setting);
      if (broken) throw new Broken(broken);
    });
    return { traces };
  } catch (error) {
    return { traces, broken: { ...brokenBy(error), given } };
  }
}

type BrokenLaw = Pick<NonNullable<Enumerated['broken']>, 'law' | 'breach'>;

/** Ends the walk. */
class Broken extends Error {
  readonly what: BrokenLaw;

  constructor(what: BrokenLaw) {
    super(what.breach.reason);
    this.what = what;
  }
}

function firstBroken(
  laws: readonly PolicyLaw[],
  given: WalkCase,
  [course, scaled]: readonly Course[],
  setting: LawSetting,
): BrokenLaw | undefined {
  if (!course || !scaled) return undefined;
  for (const law of laws) {
    const breach = law.course?.(course, setting) ?? law.walk?.(given, course, setting);
    if (breach) return { law, breach: { course, ...breach } };
  }
  const index = verdictDifference(course.decisions, scaled.decisions);
  if (index === undefined) return undefined;
  return {
    law: scaleFree,
    breach: { reason: 'it decides otherwise when both sums are 64 times as large', course, index },
  };
}

function brokenBy(error: unknown): BrokenLaw {
  if (error instanceof Broken) return error.what;
  if (error instanceof Impurity) return { law: pure, breach: { reason: error.message } };
  if (error instanceof ImpossibleDecision) {
    const { course, message: reason } = error;
    return { law: accounted, breach: { reason, course, index: course.decisions.length - 1 } };
  }
  throw error;
}
