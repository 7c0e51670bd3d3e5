import { listPolicies, parsePolicy, RefrainError, type DecisionRecord, type Policy } from '@refrain/core';
import { replay, SimError } from '@refrain/sim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyCases } from '@refrain/testing';
import { fuzz } from '../seed.ts';
import { recordOpenLoop, runOpenLoop } from './open-loop.ts';

const names = listPolicies().map(({ policyName }) => policyName);

/** Decisions without numbers: what was done where, and why. */
function outline({
  step,
  call,
  branch,
  site,
  until,
  did,
  form,
  weights,
  keep,
  refused,
  why,
}: DecisionRecord): object {
  return { step, call, branch, site, until, did, form, weights, keep, refused, why: why.kind };
}

/** Decisions before the first that looks at a stream in which something cached stands: the recording has the plain one. */
function comparable(decisions: readonly DecisionRecord[]): number {
  const reused = new Set<string>();
  for (const [index, { step, call, branch, did, form, measured }] of decisions.entries()) {
    const pass = `${step} ${call} ${branch}`;
    if (measured && reused.has(pass)) return index;
    if (did === 'reused' && form !== 'value') reused.add(pass);
  }
  return decisions.length;
}

async function attempt<T>(work: () => T | Promise<T>): Promise<T | RefrainError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefrainError) return error;
    throw error;
  }
}

async function expectEqualDecisions(policy: Policy, shape: Parameters<typeof runOpenLoop>[0]): Promise<void> {
  const recording = await recordOpenLoop(shape);
  const ran = await attempt(() => runOpenLoop(shape, policy));
  const replayed = await attempt(() => replay(policy, recording));
  if (replayed instanceof SimError) return expect(replayed.code).toBe('NOT_RECORDED');
  if (ran instanceof RefrainError || replayed instanceof RefrainError)
    return expect((replayed as RefrainError).code).toBe((ran as RefrainError).code);
  const count = comparable(ran.decisions);
  expect(replayed.decisions.slice(0, count).map(outline)).toEqual(ran.decisions.slice(0, count).map(outline));
  if (count < ran.decisions.length) return;
  expect(replayed.mask).toEqual(ran.mask);
  expect(replayed.reuseRate).toBeCloseTo(ran.reuseRate, 12);
  // A feature that is both cached and a reference is one feature there, and counted twice here.
  expect(replayed.bytesHeld).toBeGreaterThanOrEqual(ran.bytes.peak);
  expect(replayed.bytesHeld).toBeLessThanOrEqual(2 * ran.bytes.peak);
}

describe('replay decides like the executor on features that do not depend on what was reused', () => {
  test.each(names)('%s', async (name) => {
    const small = policyCases(name).filter(({ run: { steps, blocks } }) => steps <= 12 && blocks <= 4);
    const cases = small.chain(({ run, id }) =>
      fc.record({
        id: fc.constant(id),
        run: fc.constant(run),
        seed: fc.nat(),
        speed: fc.constantFrom(0, 0.02, 0.1, 0.5),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ id, run, seed, speed }) => {
        await expectEqualDecisions(parsePolicy(id), { ...run, seed, speed });
      }),
      { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 6) },
    );
  });
});
