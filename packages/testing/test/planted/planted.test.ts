import type { Policy } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { policyLawCatalogue, policyLaws, runCases, type LawFailure } from '../../src/index.ts';
import { faultyExecutors } from './faulty-executors.ts';
import { faultyPolicies, sound } from './faulty-policies.ts';
import { faultyStores } from './faulty-stores.ts';
import { foreignConstants } from './foreign-constants.ts';

/** The same cases at every run: whether a fault is caught must not depend on luck. */
const tries = { numRuns: 60, seed: 20261130 };

/** Everything that the laws find, by the names of the laws. */
async function found(
  make: () => Policy,
  laws: readonly string[],
  options: Partial<Parameters<typeof policyLaws>[1]> = {},
): Promise<readonly LawFailure[]> {
  const failures: LawFailure[] = [];
  for (const law of policyLaws(make(), { ...options, ...tries, runs: runCases(), laws })) {
    const failure = await law.check();
    if (failure) failures.push(failure);
  }
  return failures;
}

const names = [...new Set(policyLawCatalogue.map(({ name }) => name))].filter(
  (name) => name !== 'first-trigger',
);

test('the sound policy, into which the faults are planted, keeps all laws', async () => {
  expect(await found(() => sound, names)).toStrictEqual([]);
});

describe('a planted fault is caught', () => {
  const caught = [...faultyPolicies, ...foreignConstants].filter(
    ({ caughtBy }) => !caughtBy.includes('never-inert'),
  );
  test.each(caught)('$fault ($from)', async ({ make, caughtBy, capabilities = {} }) => {
    const failures = await found(make, caughtBy, { capabilities });
    expect(failures.map(({ property }) => property.law.name)).not.toHaveLength(0);
  });

  test('a silent no-op is named by the report (mold#801)', async () => {
    // A policy may compute everything; what it may not do is to go unnoticed: the warning is what the law asks for.
    const { make } = faultyPolicies.find(({ caughtBy }) => caughtBy.includes('never-inert'))!;
    expect(await found(make, ['never-inert'])).toStrictEqual([]);
  });

  test.each([...faultyExecutors, ...faultyStores])('$fault ($from)', async ({ make, caughtBy }) => {
    const failures = await found(() => sound, caughtBy, { execute: make() });
    expect(failures.map(({ property }) => property.law.name)).not.toHaveLength(0);
  });
});
