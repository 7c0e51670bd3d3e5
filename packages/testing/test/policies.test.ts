import { describe, test } from 'vitest';
import { policyLaws } from '../src/index.ts';
import { registeredPolicies } from './registered.ts';
import { fuzz } from './seed.ts';

// Each law is tried on every policy, so that each gets a share of the runs.
const numRuns = Math.max(5, Math.ceil(fuzz.numRuns / 10));

describe.each(registeredPolicies)('$name', ({ source, options }) => {
  policyLaws(source, { ...options, test, numRuns, seed: fuzz.seed ?? 0 });
});
