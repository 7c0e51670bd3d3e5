import { listPolicies, readRatio, type DecisionRecord, type Measurement } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bare, placesOf } from '../generate.ts';
import {
  inputOf,
  lanesOf,
  lawCases,
  lawFuzz,
  optionsOf,
  policyNames,
  runCase,
  runnerOf,
  wildSignals,
} from './harness.ts';

function unusable(measured: Readonly<Record<string, Measurement>> | undefined, because?: string): boolean {
  return Object.values(measured ?? {}).some((measurement) => {
    const reading = readRatio(measurement);
    return !reading.usable && (because === undefined || reading.because === because);
  });
}

const combining = new Set(
  listPolicies().flatMap(({ policyName, combines }) => (combines ? [policyName] : [])),
);

describe.each(policyNames)('%s', (name) => {
  test('is exact as long as it has not reused', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), async (given) => {
        const { outputs, report } = await runCase(given);
        const options = optionsOf(given.run);
        const runner = runnerOf(given.run);
        for (const [index, place] of placesOf(options).entries()) {
          const mask = report.mask[place.call === 0 ? place.branch : `${place.branch}.${place.call}`] ?? '';
          if (/[0p]/.test(mask.slice(0, place.step + 1))) continue;
          expect(outputs[index]).toStrictEqual(await bare(runner, options, place, inputOf(given.signal)));
        }
      }),
      lawFuzz,
    );
  });

  test('reuses nothing that its run and branch has not computed', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), async (given) => {
        const { report } = await runCase(given);
        for (const lane of lanesOf(report.decisions)) {
          const computed: DecisionRecord[] = [];
          for (const record of lane) {
            if (record.did === 'computed') computed.push(record);
            if (record.did !== 'reused') continue;
            const sites = Array.from(
              { length: record.until - record.site },
              (_, index) => record.site + index,
            );
            for (const site of sites)
              expect(
                computed.some((past) => past.step < record.step && past.site <= site && site < past.until),
              ).toBe(true);
          }
        }
      }),
      lawFuzz,
    );
  });

  test('never reuses on an indicator that could not be read, and the report says so', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), async (given) => {
        const { report, error } = await runCase(given);
        expect(error).toBe(undefined);
        for (const lane of lanesOf(report.decisions)) {
          let newest: DecisionRecord['measured'];
          for (const { did, measured, why } of lane) {
            // Of several policies one may reuse although another could not read its indicator.
            if (did === 'reused' && !combining.has(name)) expect(unusable(newest)).toBe(false);
            if ('value' in why) expect(why.value).toSatisfy(Number.isFinite);
            if (measured) newest = measured;
          }
        }
        for (const [because, code] of [
          ['not-finite', 'non-finite-indicator'],
          ['zero-reference', 'zero-reference'],
        ] as const)
          expect(report.warnings.some((warning) => warning.code === code)).toBe(
            report.decisions.some(({ measured }) => unusable(measured, because)),
          );
      }),
      lawFuzz,
    );
  });

  test('puts nothing that is not finite into a step whose input is finite', async () => {
    await fc.assert(
      fc.asyncProperty(
        lawCases(name, (steps) =>
          fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Infinity)), {
            minLength: steps,
            maxLength: steps,
          }),
        ),
        async (given) => {
          const { outputs } = await runCase(given);
          const places = placesOf(optionsOf(given.run));
          // Forecasts subtract, so an entry of one step may be far from another; but it is never infinite.
          for (const [index, { step }] of places.entries())
            if (Number.isFinite(given.signal[step]))
              expect(outputs[index]?.every(Number.isFinite)).toBe(true);
        },
      ),
      lawFuzz,
    );
  });
});
