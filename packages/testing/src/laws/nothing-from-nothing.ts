import type { DecisionRecord } from '@refrain/core';
import { courseOf, inputOf, runCase, runnerOf } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { finiteSignals } from '../cases/signals.ts';
import { outputsByHand } from '../oracle/by-hand.ts';
import { placesOf } from '../toy/generate.ts';
import { lanesOf, type Course } from '../walk/course.ts';
import { firstDifference } from './alike.ts';
import { executedCheck } from './executed-check.ts';
import type { Breach, PolicyLaw } from './law.ts';

/** Law 2. */
export const nothingFromNothing: PolicyLaw = {
  name: 'nothing-from-nothing',
  number: 2,
  statement:
    'Nothing is reused that this run and branch has not computed, and what is reused is what was kept.',
  matters: 'A cache that answers before it was filled returns the feature of another picture, or of none.',
  fault:
    "cache-dit's implicit refresh comes one call late, so that a generation's first call is served from the one before.",
  course(course) {
    for (const lane of lanesOf(course.decisions)) {
      const breach = inLane(course, lane);
      if (breach) return breach;
    }
    return undefined;
  },
  runs: [
    executedCheck({
      title: 'puts in what decisions say when every span is recomputed and replaced by hand',
      signals: finiteSignals,
      async check(given, _, { execute }) {
        const { run, signal } = given;
        const { report, outputs } = await runCase(given, { execute });
        if (report.warnings.some(({ code }) => code.startsWith('non-finite'))) return undefined;
        const course = courseOf(given, report);
        const places = placesOf(optionsOf(run));
        const expected = outputsByHand(runnerOf(run).toy, places, inputOf(signal), report);
        const differs = firstDifference(outputs, expected);
        if (differs === undefined) return undefined;
        const { step, branch } = places[differs] ?? { step: -1, branch: '' };
        return {
          reason: `at step ${step} (${branch}) the output is ${String(outputs[differs])}, by hand it is ${String(expected[differs])}`,
          course,
          index: report.decisions.findIndex((record) => record.step === step && record.branch === branch),
        };
      },
    }),
  ],
};

function inLane({ decisions }: Course, lane: readonly DecisionRecord[]): Breach | undefined {
  // The first step at which each position was computed.
  const computed = new Map<number, number>();
  for (const record of lane) {
    const { did, site, until, step } = record;
    for (let position = site; position < until; position++) {
      if (did === 'computed' && !computed.has(position)) computed.set(position, step);
      if (did === 'reused' && !((computed.get(position) ?? Infinity) < step))
        return {
          reason: `step ${step} reuses ${site}–${until}, and position ${position} was never computed before`,
          index: decisions.indexOf(record),
        };
    }
  }
  return undefined;
}

/** Law 2, of what is asked for. */
export const asksForWhatIsThere: PolicyLaw = {
  name: 'asks-for-what-is-there',
  number: 2,
  statement: 'A policy asks for nothing that the executor must refuse when all goes well.',
  matters:
    'The executor computes what it cannot reuse, so that such a policy is safe, slow, and not what its author believes it to be.',
  fault:
    "TeaCache's ConsisID port wraps its counter one call early: the second generation starts by asking for what belongs to the first.",
  applies: ({ replays }) => replays !== true,
  whenAllGoesWell: true,
  course({ decisions }) {
    const index = decisions.findIndex(({ refused }) => refused !== undefined);
    const record = decisions[index];
    if (!record) return undefined;
    return {
      reason: `step ${record.step} asks for ${record.site}–${record.until} of the cache, which refuses: ${record.refused?.replace('-', ' ')}`,
      index,
    };
  },
};
