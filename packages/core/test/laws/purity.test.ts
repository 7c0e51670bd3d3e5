import { parsePolicy, type Json, type Observation, type Policy } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate } from '../generate.ts';
import {
  inputOf,
  lawCases,
  lawFuzz,
  optionsOf,
  policyNames,
  runCase,
  runnerOf,
  verdicts,
  wildSignals,
} from './harness.ts';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
    for (const item of Object.values(Object.freeze(value))) frozen(item);
  return value;
}

/** The same policy, whose state goes through JSON and is frozen between every two calls, and which is asked twice. */
function distrusted(policy: Policy): Policy {
  const stored = (state: Json): Json => frozen(JSON.parse(JSON.stringify(state)) as Json);
  const twice = <T>(ask: () => T): T => {
    const first = ask();
    expect(ask()).toStrictEqual(first);
    return first;
  };
  return {
    ...policy,
    limits: (run) => twice(() => policy.limits(frozen(run))),
    init: (run) => stored(twice(() => policy.init(frozen(run)))),
    next: (state, at) => twice(() => policy.next(state, frozen(at))),
    observe: (state, seen: Observation) => stored(twice(() => policy.observe(state, frozen(seen)))),
  };
}

describe.each(policyNames)('%s', (name) => {
  test('is pure: frozen, asked twice and sent through JSON it decides the same', async () => {
    await fc.assert(
      fc.asyncProperty(lawCases(name, wildSignals), async (given) => {
        const plain = await runCase(given);
        const { run, id, signal } = given;
        const policy = distrusted(parsePolicy(id));
        const guarded = await generate(runnerOf(run), policy, optionsOf(run), inputOf(signal));
        expect(guarded.report.decisions).toStrictEqual(plain.report.decisions);
        expect(guarded.outputs).toStrictEqual(plain.outputs);
      }),
      lawFuzz,
    );
  });

  test('is causal: what comes later changes nothing that was decided before', async () => {
    const cases = lawCases(name, wildSignals).chain((given) =>
      fc.record({
        given: fc.constant(given),
        cut: fc.integer({ min: 0, max: given.run.steps }),
        other: wildSignals(given.run.steps),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ given, cut, other }) => {
        const signal = given.signal.map((value, step) => (step < cut ? value : (other[step] ?? 0)));
        const [one, two] = [await runCase(given), await runCase({ ...given, signal })];
        const before = (run: typeof one): readonly object[] =>
          run.report.decisions.filter(({ step }) => step < cut);
        expect(before(two)).toStrictEqual(before(one));
      }),
      lawFuzz,
    );
  });

  test('decides the same whatever the power of two that all features are multiplied by', async () => {
    const cases = fc.tuple(lawCases(name), fc.integer({ min: -20, max: 20 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([given, exponent]) => {
        const signal = given.signal.map((value) => value * 2 ** exponent);
        const [one, two] = [await runCase(given), await runCase({ ...given, signal })];
        expect(verdicts(two.report.decisions)).toStrictEqual(verdicts(one.report.decisions));
      }),
      lawFuzz,
    );
  });
});
