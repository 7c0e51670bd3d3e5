import { parsePolicy, streamOf, type Limits } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placesOf } from '../generate.ts';
import {
  lanesOf,
  lawCases,
  lawFuzz,
  optionsOf,
  policyNames,
  runCase,
  runnerOf,
  someOf,
  wildSignals,
  type LawCase,
} from './harness.ts';

function limitsOf({ id, run }: LawCase, branch = run.branches[0] ?? ''): Limits {
  const { timesteps } = optionsOf(run);
  const stream = streamOf(runnerOf(run).sites);
  return parsePolicy(id).limits({
    steps: run.steps,
    timesteps,
    branches: run.branches,
    branch,
    call: 0,
    callsPerStep: 1,
    stream,
  });
}

/** Cases in which some passes are left out. */
function cases(name: string): fc.Arbitrary<readonly [LawCase, ReturnType<typeof placesOf>]> {
  return lawCases(name, wildSignals).chain((given) => {
    const all = placesOf(optionsOf(given.run));
    return fc.tuple(
      fc.constant(given),
      fc.oneof(
        fc.constant(all),
        someOf(all).map((some) => [...some]),
      ),
    );
  });
}

describe.each(policyNames)('%s', (name) => {
  test('uses no entry for more consecutive passes than it states, nor when it is older', async () => {
    await fc.assert(
      fc.asyncProperty(cases(name), async ([given, places]) => {
        const { report } = await runCase(given, {}, places);
        for (const lane of lanesOf(report.decisions)) {
          const { maxAge } = limitsOf(given, lane[0]?.branch);
          if (maxAge === undefined) continue;
          const newest = new Map<number, { readonly step: number; readonly uses: number }>();
          for (const { did, step, site, until } of lane)
            for (let position = site; position < until; position++) {
              const entry = newest.get(position);
              if (did === 'computed' || !entry) newest.set(position, { step, uses: 0 });
              else newest.set(position, { ...entry, uses: entry.uses + 1 });
              expect(newest.get(position)?.uses).toBeLessThanOrEqual(maxAge);
              if (did === 'reused') expect(step - (entry?.step ?? -Infinity)).toBeLessThanOrEqual(maxAge);
            }
        }
      }),
      lawFuzz,
    );
  });

  test('reuses nothing inside its warm-up and tail', async () => {
    await fc.assert(
      fc.asyncProperty(cases(name), async ([given, places]) => {
        const { steps } = given.run;
        const { report } = await runCase(given, {}, places);
        for (const lane of lanesOf(report.decisions)) {
          const { warmUp, tail } = limitsOf(given, lane[0]?.branch);
          for (const { step, did } of lane)
            if (step < warmUp || step >= steps - tail) expect(did).not.toBe('reused');
        }
      }),
      lawFuzz,
    );
  });

  test('states limits that make sense', () => {
    fc.assert(
      fc.property(lawCases(name), (given) => {
        const { run } = given;
        const { warmUp, tail, maxAge = 0 } = limitsOf(given);
        for (const count of [warmUp, tail, maxAge]) {
          expect(count).toSatisfy(Number.isInteger);
          expect(count).toBeGreaterThanOrEqual(0);
        }
        for (const count of [warmUp, tail]) expect(count).toBeLessThanOrEqual(run.steps);
      }),
      lawFuzz,
    );
  });
});
