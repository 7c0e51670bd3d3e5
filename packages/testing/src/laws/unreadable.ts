import { readRatio, type DecisionRecord, type Measurement } from '@refrain/core';
import type { WalkCase } from '../cases/policy-source.ts';
import { lanesOf, type Course } from '../walk/course.ts';
import { Walker } from '../walk/walk.ts';
import { traceWorld, type World } from '../walk/world.ts';
import type { Breach, LawSetting } from './law.ts';

/** A change beyond every threshold. */
const WITHOUT_BOUNDS: Measurement = { kind: 'sums', numerator: 1e30, denominator: 1, count: 1 };

/**
 * Finds a reuse that only takes place because an indicator could not be read: had it shown a change without bounds, the
 * policy would have computed. (A schedule, or another policy of a combination, reuses in both cases.)
 *
 * @param given - what was walked
 * @param course - what the policy did
 * @param setting - what the policy claims
 */
export function reusedUnread(
  given: WalkCase,
  course: Course,
  { capabilities }: LawSetting,
): Breach | undefined {
  const problem = (measurement: Measurement): string | undefined =>
    problemOf(measurement, capabilities.ownDenominator === true);
  const restless = new Map<number, readonly DecisionRecord[]>();
  for (const lane of lanesOf(course.decisions)) {
    let newest: DecisionRecord | undefined;
    for (const record of lane) {
      const because = record.did === 'reused' && newest ? problemIn(newest, problem) : undefined;
      if (because !== undefined && newest) {
        const { step } = newest;
        const other = restless.get(step) ?? walkRestless(given, step, problem);
        restless.set(step, other);
        if (!isReusedIn(other, record))
          return {
            reason: `step ${record.step} is reused since the newest indicator could not be read (${because}): a change without bounds is computed`,
            index: course.decisions.indexOf(record),
          };
      }
      if (Object.keys(record.measured ?? {}).length > 0) newest = record;
    }
  }
  return undefined;
}

function walkRestless(
  { policy, run, trace }: WalkCase,
  at: number,
  problem: (measurement: Measurement) => string | undefined,
): readonly DecisionRecord[] {
  const world = traceWorld(trace);
  const other: World = {
    measure(indicator, place) {
      const measured = world.measure(indicator, place);
      return place.step === at && problem(measured) !== undefined ? WITHOUT_BOUNDS : measured;
    },
    products: (history, place) => world.products(history, place),
  };
  return new Walker(policy, run, other).all().decisions;
}

/** True if all of a span is reused in another course, too. */
function isReusedIn(
  decisions: readonly DecisionRecord[],
  { step, branch, call, site, until }: DecisionRecord,
): boolean {
  const computed = decisions.some(
    (other) =>
      other.step === step &&
      other.branch === branch &&
      other.call === call &&
      other.did === 'computed' &&
      other.site < until &&
      other.until > site,
  );
  return !computed;
}

function problemIn(
  { measured = {} }: DecisionRecord,
  problem: (measurement: Measurement) => string | undefined,
): string | undefined {
  for (const measurement of Object.values(measured)) {
    const because = problem(measurement);
    if (because !== undefined) return because;
  }
  return undefined;
}

function problemOf(measurement: Measurement, ownDenominator: boolean): string | undefined {
  // Inner products are no ratios; what a forecast makes of them the executor checks.
  const reading = measurement.kind === 'products' ? undefined : readRatio(measurement);
  if (!reading || reading.usable || (ownDenominator && reading.because === 'zero-reference'))
    return undefined;
  return reading.because.replace('-', ' ');
}
