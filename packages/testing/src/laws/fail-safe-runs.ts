import { readRatio, type DecisionRecord, type Measurement } from '@refrain/core';
import fc from 'fast-check';
import { courseOf, runCase } from '../cases/executed.ts';
import { optionsOf } from '../cases/run-case.ts';
import { wildSignals } from '../cases/signals.ts';
import { placesOf } from '../toy/generate.ts';
import { executedCheck } from './executed-check.ts';
import type { ExecutedCheck } from './law.ts';

const troubles = [
  ['not-finite', 'non-finite-indicator'],
  ['zero-reference', 'zero-reference'],
] as const;

/** Law 3, of the report. */
export const reportedTrouble: ExecutedCheck = executedCheck({
  title:
    'goes through numbers of every kind without an error, and the report names those that could not be read',
  signals: wildSignals,
  async check(given, _, { execute }) {
    const { report, error } = await runCase(given, { execute });
    const course = courseOf(given, report);
    if (error)
      return { reason: `the run failed: ${error.message}`, course, index: report.decisions.length - 1 };
    for (const [because, code] of troubles) {
      const index = report.decisions.findIndex((record) => isUnreadable(record, because));
      const told = report.warnings.some((warning) => warning.code === code);
      if (told !== index >= 0)
        return { reason: `the report ${told ? 'warns of' : 'does not warn of'} ${code}`, course, index };
    }
    return undefined;
  },
});

function isUnreadable({ measured }: DecisionRecord, because: string): boolean {
  return Object.values(measured ?? {}).some((measurement: Measurement) => {
    const reading = readRatio(measurement);
    return !reading.usable && reading.because === because;
  });
}

/** Law 3, of what comes out. */
export const finiteOutputs: ExecutedCheck = executedCheck({
  title: 'puts nothing that is not finite into a step whose input is finite',
  signals: (steps) =>
    fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Infinity)), {
      minLength: steps,
      maxLength: steps,
    }),
  async check(given, _, { execute }) {
    const { outputs, report } = await runCase(given, { execute });
    // Forecasts subtract, so an entry of one step may be far from another; but it is never infinite.
    for (const [index, { step }] of placesOf(optionsOf(given.run)).entries())
      if (Number.isFinite(given.signal[step]) && outputs[index]?.every(Number.isFinite) !== true)
        return {
          reason: `the input of step ${step} is finite, its output is ${String(outputs[index])}`,
          course: courseOf(given, report),
          index: report.decisions.findIndex((record) => record.step === step),
        };
    return undefined;
  },
});
