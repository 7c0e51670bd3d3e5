import { listPolicies } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  everyTrace,
  fits,
  policyTable,
  registeredCapabilities,
  registeredRuns,
  type RunCase,
  type TraceValue,
} from '../src/index.ts';
import { lawsFor, settingOf } from '../src/laws/properties.ts';
import { walkAll } from '../src/laws/walk-all.ts';

/** Calm, restless, and, in the shorter traces, not to be read. */
const magnitudesFor = (steps: number): readonly TraceValue[] =>
  steps <= 4 ? [0.01, 0.7, Number.NaN] : [0.01, 0.7];

/** All traces of 2 to 4 steps over three magnitudes, and of 5 to 8 over two: 597 of them. */
function casesOf(name: string): readonly { readonly steps: number; readonly run: RunCase }[] {
  const [run] = fc.sample(registeredRuns(name), { numRuns: 1, seed: 1 });
  if (!run) throw new Error(`no run suits ${name}`);
  return Array.from({ length: 7 }, (_, index) => {
    const steps = index + 2;
    return { steps, run: { ...run, steps, blocks: 1, callsPerStep: 1, sampler: 'descending' } };
  });
}

describe('every trace of up to eight steps', () => {
  test.each(listPolicies().map(({ policyName }) => policyName))('%s', (name) => {
    const capabilities = registeredCapabilities(name);
    const [setting, laws] = [settingOf({ capabilities }), lawsFor(capabilities)];
    let tried = 0;
    for (const { steps, run } of casesOf(name)) {
      const made = fc.sample(policyTable[name]?.(run) ?? fc.constantFrom(), { numRuns: 30, seed: steps });
      const policy = made.find((candidate) => fits(candidate, run));
      if (!policy) throw new Error(`none of 30 random ${name} fits ${steps} steps`);
      for (const trace of everyTrace(steps, magnitudesFor(steps))) {
        const broken = walkAll(laws, { policy, run, trace }, setting);
        if (broken)
          expect.fail(`${broken.law.name}: ${broken.breach.reason}, ${policy.id} on ${trace.join(' ')}`);
        tried += 1;
      }
    }
    expect(tried).toBe(597);
  });
});
