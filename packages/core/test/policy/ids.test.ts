import {
  always,
  bwcache,
  fixed,
  fora,
  listPolicies,
  never,
  pab,
  parsePolicy,
  recorded,
  streamOf,
  teacache,
  watch,
  type Policy,
  type RunShape,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { policyTable, runCases } from '../testing.ts';

/** Everything about a policy that can be compared. */
function facts(policy: Policy): object {
  const { id, granularity, needs } = policy;
  return { id, granularity, needs, limits: policy.limits(shape) };
}

const shape: RunShape = {
  steps: 40,
  timesteps: Array.from({ length: 40 }, (_, step) => 1000 - 25 * step),
  branches: ['conditional'],
  branch: 'conditional',
  call: 0,
  callsPerStep: 1,
  stream: streamOf([{ level: 'block', name: 'b', family: 'toy', from: 0, until: 1, modulated: true }]),
};

describe('an id', () => {
  test.each(Object.keys(policyTable))('of %s reads back as the same policy', (name) => {
    fc.assert(
      fc.property(
        runCases().chain((run) => policyTable[name]?.(run) ?? fc.constant(never())),
        (policy) => {
          expect(facts(parsePolicy(policy.id))).toStrictEqual(facts(policy));
          expect(policy.id.startsWith(name)).toBe(true);
        },
      ),
      fuzz,
    );
  });

  test('exists for every policy of the catalogue, and each is tried here', () => {
    expect(
      listPolicies()
        .map(({ policyName }) => policyName)
        .toSorted(),
    ).toStrictEqual(Object.keys(policyTable).toSorted());
  });

  // What people quote in tables, file names and issues: a change here is a change for them.
  test.each<[Policy, string]>([
    [never(), 'never'],
    [always(), 'always'],
    [watch(), 'watch'],
    [watch({ tap: 'modulated', stride: 7 }), 'watch(tap=modulated,stride=7)'],
    [fixed(), 'fixed(mask=1)'],
    [fixed({ mask: '110100' }), 'fixed(mask=110100)'],
    [bwcache(), 'bwcache(threshold=0.15,interval=10%)'],
    [
      bwcache({ interval: 3, form: 'paper', tail: 4 }),
      'bwcache(threshold=0.15,interval=3,form=paper,tail=4)',
    ],
    [bwcache({ blocks: '50%', stride: 17 }), 'bwcache(threshold=0.15,interval=10%,blocks=50%,stride=17)'],
    [fora(), 'fora(interval=3)'],
    [fora({ cache: 'stack' }), 'fora(interval=3,cache=stack)'],
    [teacache(), 'teacache(threshold=0.1)'],
    [teacache({ coefficients: [-1.5e-7, 2, 0] }), 'teacache(threshold=0.1,coefficients=-1.5e-7:2:0)'],
    [pab(), 'pab'],
    [
      pab({ spatial: 2, temporal: 2, cross: 2, low: 300, high: 995 }),
      'pab(spatial=2,temporal=2,cross=2,low=300,high=995)',
    ],
    [
      recorded({ trace: 'a:c2/r1o1/v1c1|b.1:c2/r2*2:-1/-' }),
      'recorded(trace=a:c2/r1o1/v1c1|b.1:c2/r2*2:-1/-)',
    ],
  ])('%#: $id', (policy, id) => {
    expect(policy.id).toBe(id);
  });

  test('is the same for one share, however it was written', () => {
    for (const interval of ['10%', '10.0%', '010%', '1e1%', ' 10%'] as StepCount[])
      expect(bwcache({ interval }).id).toBe('bwcache(threshold=0.15,interval=10%)');
  });

  test('may have spaces, an empty list of options, and the options in any order', () => {
    expect(parsePolicy(' bwcache ( interval = 3 , threshold = 0.2 ) ').id).toBe(
      'bwcache(threshold=0.2,interval=3)',
    );
    expect(parsePolicy('never()').id).toBe('never');
    expect(parsePolicy('bwcache( )').id).toBe('bwcache(threshold=0.15,interval=10%)');
  });
});

describe('a share of the steps', () => {
  test.each<[StepCount, number, number]>([
    ['5%', 30, 1],
    ['10%', 30, 3],
    ['20%', 30, 6],
    ['25%', 30, 7],
    ['10%', 5, 1],
    ['0.1%', 50, 1],
    ['100%', 50, 50],
    ['29%', 100, 29],
    ['57%', 100, 57],
    ['7%', 100, 7],
    [4, 30, 4],
  ])('%s of %i is %i', (interval, steps, expected) => {
    expect(bwcache({ interval }).limits({ ...shape, steps }).maxAge).toBe(expected);
  });
});

test('what forms are told of options holds for their defaults', () => {
  for (const { options, defaults } of listPolicies())
    for (const [key, { choices, bounds }] of Object.entries(options)) {
      const text = defaults[key] ?? '';
      if (choices) expect(choices).toContain(text);
      if (!bounds) continue;
      expect(Number(text)).toBeGreaterThanOrEqual(bounds.min);
      expect(Number(text)).toBeLessThanOrEqual(bounds.max);
      if (bounds.integer) expect(Number(text) % 1).toBe(0);
    }
});

test('the same options make the same policy, from code and from text', () => {
  // There is no recording to fall back to, and nothing to combine.
  for (const factory of listPolicies().filter(
    ({ policyName, combines }) => policyName !== 'recorded' && !combines,
  ))
    expect(facts(factory.fromText({}))).toStrictEqual(facts(parsePolicy(factory.policyName)));
});
