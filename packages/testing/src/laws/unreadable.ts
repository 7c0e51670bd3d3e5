import { readRatio, type DecisionRecord, type Measurement } from '@refrain/core';
import type { WalkCase } from '../cases/policy-source.ts';
import { lanesOf, type Course } from '../walk/course.ts';
import { Walker } from '../walk/walk.ts';
import { traceWorld, type World } from '../walk/world.ts';
import type { Breach, LawSetting } from './law.ts';

/** No change, and one beyond every threshold. */
const [CALM, WITHOUT_BOUNDS] = [0, 1e30].map((numerator): Measurement => ({
  kind: 'sums',
  numerator,
  denominator: 1,
  count: 1,
})) as [Measurement, Measurement];

/**
 * Finds a reuse in which an indicator that could not be read is taken for a small one: had it shown no change the policy
 * would have reused too, had it shown a change without bounds it would have computed. (A schedule, or another policy of a
 * combination, does the same whatever it shows.)
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
  const others = new Map<number, Otherwise>();
  for (const lane of lanesOf(course.decisions)) {
    let newest: DecisionRecord | undefined;
    for (const record of lane) {
      const because = record.did === 'reused' && newest ? problemIn(newest, problem) : undefined;
      if (because !== undefined && newest) {
        const other = others.get(newest.step) ?? otherwise(given, newest.step, problem);
        others.set(newest.step, other);
        if (isReusedIn(other.calm, record) && !isReusedIn(other.restless, record))
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

/** What the policy would have done if it had read what it could not, at one step. */
interface Otherwise {
  readonly calm: readonly DecisionRecord[];
  readonly restless: readonly DecisionRecord[];
}

function otherwise(
  given: WalkCase,
  at: number,
  problem: (measurement: Measurement) => string | undefined,
): Otherwise {
  const shown = (instead: Measurement): readonly DecisionRecord[] => walkReading(given, at, problem, instead);
  return { calm: shown(CALM), restless: shown(WITHOUT_BOUNDS) };
}

function walkReading(
  { policy, run, trace }: WalkCase,
  at: number,
  problem: (measurement: Measurement) => string | undefined,
  instead: Measurement,
): readonly DecisionRecord[] {
  const world = traceWorld(trace);
  const other: World = {
    measure(indicator, place) {
      const measured = world.measure(indicator, place);
      return place.step === at && problem(measured) !== undefined ? instead : measured;
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
