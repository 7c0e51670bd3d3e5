import { readRatio, type DecisionRecord, type Measurement } from '@refrain/core';
import { lanesOf, type Course } from '../walk/course.ts';
import { finiteOutputs, reportedTrouble } from './fail-safe-runs.ts';
import { otherShapes, unknownBranches } from './other-passes.ts';
import type { Breach, PolicyCapabilities, PolicyLaw } from './law.ts';

/** Law 3. */
export const failSafe: PolicyLaw = {
  name: 'fail-safe',
  number: 3,
  statement:
    'A non-finite indicator, a zero reference, a changed shape or an unknown branch is never a reason to reuse, and the report says so.',
  matters:
    'A comparison with NaN is false, whichever way round it is written: one of the two reuses for ever.',
  fault:
    'First-block cache of diffusers computes when the change is greater than the threshold, so that NaN reuses to the end; its MagCache returns the input of the blocks on a shape mismatch.',
  course(course, { capabilities }) {
    for (const lane of lanesOf(course.decisions)) {
      const breach = inLane(course, lane, capabilities);
      if (breach) return breach;
    }
    return undefined;
  },
  runs: [reportedTrouble, finiteOutputs, otherShapes, unknownBranches],
};

function inLane(
  { decisions }: Course,
  lane: readonly DecisionRecord[],
  { combines, ownDenominator }: PolicyCapabilities,
): Breach | undefined {
  let newest: DecisionRecord['measured'];
  for (const record of lane) {
    const { did, measured, why, step } = record;
    const because = did === 'reused' && !combines ? trouble(newest, ownDenominator === true) : undefined;
    if (because !== undefined)
      return {
        reason: `step ${step} is reused although the newest indicator could not be read (${because})`,
        index: decisions.indexOf(record),
      };
    if ('value' in why && !Number.isFinite(why.value))
      return {
        reason: `the reason for step ${step} has the value ${why.value}, expected a finite number`,
        index: decisions.indexOf(record),
      };
    if (measured && Object.keys(measured).length > 0) newest = measured;
  }
  return undefined;
}

function trouble(
  measured: Readonly<Record<string, Measurement>> | undefined,
  ownDenominator: boolean,
): string | undefined {
  for (const measurement of Object.values(measured ?? {})) {
    // Inner products are no ratios; what a forecast makes of them the executor checks.
    const reading = measurement.kind === 'products' ? undefined : readRatio(measurement);
    if (!reading || reading.usable || (ownDenominator && reading.because === 'zero-reference')) continue;
    return reading.because.replace('-', ' ');
  }
  return undefined;
}
