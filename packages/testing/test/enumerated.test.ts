import { listPolicies, reuse, type Policy } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  enumerateLaws,
  everyTrace,
  fits,
  policyTable,
  registeredCapabilities,
  registeredRuns,
  traceWorld,
  Walker,
  walkTree,
  type IndicatorTrace,
  type RunCase,
  type TraceValue,
} from '../src/index.ts';
import { sound } from './planted/faulty-policies.ts';

/** A quarter of the threshold, the threshold itself and four times as much; in the shorter traces also what cannot be read. */
function magnitudesFor({ threshold = 0.1 }: Policy, steps: number): readonly TraceValue[] {
  const middle = threshold > 0 && threshold < 1e3 ? threshold : 0.1;
  const readable = [middle / 4, middle, middle * 4];
  return steps <= 5 ? [...readable, Number.NaN] : readable;
}

/** Runs of 1 to 8 steps: 4 + 16 + 64 + 256 + 1 024 traces over four magnitudes, 729 + 2 187 + 6 561 over three. */
function runsOf(name: string): readonly RunCase[] {
  const [run] = fc.sample(registeredRuns(name), { numRuns: 1, seed: 1 });
  if (!run) throw new Error(`no run suits ${name}`);
  return Array.from({ length: 8 }, (_, index) => ({
    ...run,
    steps: index + 1,
    blocks: 1,
    callsPerStep: 1,
    sampler: 'descending',
  }));
}

describe('every trace of up to eight steps', () => {
  test.each(listPolicies().map(({ policyName }) => policyName))('%s', (name) => {
    const capabilities = registeredCapabilities(name);
    let tried = 0;
    for (const run of runsOf(name)) {
      const made = fc.sample(policyTable[name]?.(run) ?? fc.constantFrom(), { numRuns: 30, seed: run.steps });
      const policy = made.find((candidate) => fits(candidate, run));
      if (!policy) throw new Error(`none of 30 random ${name} fits ${run.steps} steps`);
      const magnitudes = magnitudesFor(policy, run.steps);
      const { traces, broken } = enumerateLaws({ policy, run, magnitudes, capabilities });
      if (broken)
        expect.fail(
          `${broken.law.name}: ${broken.breach.reason}, ${policy.id} on ${broken.given.trace.join(' ')}`,
        );
      tried += traces;
    }
    expect(tried).toBe(10_841);
  });
});

const run: RunCase = {
  steps: 4,
  blocks: 2,
  modules: [],
  branches: ['conditional', 'unconditional'],
  callsPerStep: 2,
};
const magnitudes = [0.01, 0.7, Number.NaN] as const;

test('a tree of walks does on each trace what a walk of it alone does', () => {
  const walked: IndicatorTrace[] = [];
  walkTree({ policy: sound, run, magnitudes }, (trace, [course]) => {
    walked.push(trace);
    expect(course).toStrictEqual(new Walker(sound, run, traceWorld(trace)).all());
  });
  expect(walked.map(String).toSorted()).toStrictEqual(
    [...everyTrace(run.steps, magnitudes)].map(String).toSorted(),
  );
});

describe('what is broken is named, with the trace on which it shows', () => {
  test('a law of what was decided', () => {
    const late: Policy = { ...(sound as Policy), limits: () => ({ warmUp: 3, tail: 1, maxAge: 2 }) };
    const { broken, traces } = enumerateLaws({ policy: late, run: { ...run, steps: 6 }, magnitudes });
    expect(broken?.law.name).toBe('windows');
    expect(broken?.breach.reason).toContain('step 2 is reused inside a warm-up of 3 steps');
    expect(broken?.given.trace).toHaveLength(6);
    expect(traces).toBeLessThan(3 ** 6);
  });

  test('purity', () => {
    let asked = 0;
    const counting: Policy = {
      ...(sound as Policy),
      next: (state, at) =>
        at.step > 2 && asked++ % 2 === 0
          ? reuse(2, 'residual', { kind: 'schedule' })
          : (sound as Policy).next(state, at),
    };
    expect(enumerateLaws({ policy: counting, run, magnitudes }).broken?.law.name).toBe('pure');
  });

  test('an impossible decision', () => {
    const beyond: Policy = { ...(sound as Policy), next: () => reuse(9, 'residual', { kind: 'schedule' }) };
    expect(enumerateLaws({ policy: beyond, run, magnitudes }).broken?.law.name).toBe('accounted');
  });

  test('a constant in the denominator', () => {
    const absolute: Policy = {
      ...(sound as Policy),
      observe(state, seen) {
        const measurement = seen.measured['input'];
        if (measurement?.kind !== 'sums') return (sound as Policy).observe(state, seen);
        const denominator = measurement.denominator + 10;
        return (sound as Policy).observe(state, {
          ...seen,
          measured: { input: { ...measurement, denominator } },
        });
      },
    };
    expect(enumerateLaws({ policy: absolute, run, magnitudes }).broken?.law.name).toBe('scale-free');
  });
});
