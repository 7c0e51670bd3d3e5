import {
  budget,
  bwcache,
  defineCombinator,
  definePolicy,
  firstOf,
  fora,
  forecast,
  forecastWith,
  integerOption,
  limit,
  listPolicies,
  masked,
  pab,
  parsePolicy,
  PolicyConfigError,
  reuse,
  teacache,
  within,
  type Policy,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';

function issuesOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof PolicyConfigError) return error.issues.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('an id of policies in policies', () => {
  test.each<[Policy, string]>([
    [limit({ maxAge: 2 }, bwcache()), 'limit(bwcache(threshold=0.15,interval=10%),maxAge=2)'],
    [
      firstOf(bwcache(), pab(), fora({ interval: 2 })),
      'firstOf(bwcache(threshold=0.15,interval=10%),pab,fora(interval=2))',
    ],
    [
      within({ from: 900, until: 300, unit: 'timestep' }, fora()),
      'within(fora(interval=3),from=900,until=300,unit=timestep)',
    ],
    [within({ from: '20%' }, fora()), 'within(fora(interval=3),from=20%,until=1)'],
    [masked({ mask: '1101', policy: 'static' }, fora()), 'masked(fora(interval=3),mask=1101,policy=static)'],
    [forecast({}, fora()), 'forecast(fora(interval=3),method=taylor,order=1)'],
    [
      forecast({ method: 'foca', history: 5 }, limit({ maxReuse: 3 }, fora())),
      'forecast(limit(fora(interval=3),maxReuse=3),method=foca,order=1,history=5)',
    ],
    [budget({ speedup: 2 }, teacache({ threshold: 0.2 })), 'budget(teacache(threshold=0.2),speedup=2)'],
  ])('%#: $id', (policy, id) => {
    expect(policy.id).toBe(id);
    expect(parsePolicy(id).id).toBe(id);
    expect(parsePolicy(id.replaceAll(',', ' , ').replaceAll('(', ' ( ')).id).toBe(id);
  });

  test('may have options before and between its policies', () => {
    expect(parsePolicy('limit(maxAge=2,fora)').id).toBe('limit(fora(interval=3),maxAge=2)');
  });

  test('may be deep, but not without an end', () => {
    const nest = (depth: number): string => `${'limit('.repeat(depth)}never${')'.repeat(depth)}`;
    expect(parsePolicy(nest(32)).id).toBe(nest(32));
    for (const depth of [33, 100_000])
      expect(() => parsePolicy(nest(depth))).toThrow(/nested deeper than 32/);
  });

  test.each([
    ['limit', 'policies'],
    ['limit(maxAge=2)', 'policies'],
    ['limit(fora,fora)', 'policies'],
    ['both(fora)', 'policies'],
    ['perBranch(fora,fora,fora)', 'policies'],
    ['fora(never)', 'never'],
    ['limit(fora,maxage=2)', 'maxage'],
    ['limit(fora(interval=0),maxAge=2)', 'interval'],
    ['within(fora,from=0.5,until=0.5)', 'from'],
    ['within(fora,from=-1,until=4,unit=steps)', 'from'],
    ['within(fora,until=2)', 'until'],
    ['within(fora,from=120%)', 'from'],
    ['within(fora,from=x%)', 'from'],
    ['within(fora,from=900,until=20%,unit=timestep)', 'until'],
    ['within(fora,from=500,until=500,unit=timestep)', 'from'],
    ['masked(fora,mask=12)', 'mask'],
    ['forecast(fora,order=4)', 'order'],
    ['forecast(fora,method=dmd)', 'method'],
    ['budget(teacache)', 'speedup'],
    ['budget(teacache,speedup=2,drift=1)', 'speedup'],
    ['budget(teacache,speedup=1)', 'speedup'],
    ['budget(fora,speedup=2)', 'fora(interval=3)'],
    [
      'budget(firstOf(teacache,bwcache),speedup=2)',
      'firstOf(teacache(threshold=0.1),bwcache(threshold=0.15,interval=10%))',
    ],
    ['budget(budget(teacache,speedup=2),drift=1)', 'budget(teacache(threshold=0.1),speedup=2)'],
  ])('%s is answered with what is wrong: %s', (id, option) => {
    expect(issuesOf(() => parsePolicy(id))).toStrictEqual([option]);
  });

  test('a mistake deep inside names the policy that has it', () => {
    expect(() => parsePolicy('firstOf(limit(bwcash,maxAge=2),pab)')).toThrow(/did you mean "bwcache"/);
    expect(() => parsePolicy('firstOf(limit(bwcache(treshold=1)),pab)')).toThrow(/policy bwcache: treshold/);
  });

  test('what is no policy is named in code too', () => {
    expect(() => limit({}, 'fora' as unknown as Policy)).toThrow(/policies: expected policies, got string/);
    expect(() => limit({}, fora as unknown as Policy)).toThrow(/expected policies, got function/);
  });
});

describe('own policies', () => {
  const mine = definePolicy<{ readonly every: number }, null>({
    name: 'mine',
    about: 'reuses for the tests',
    options: { every: integerOption('n', 2, { min: 1, quoted: true }) },
    rule: () => ({
      granularity: 'step',
      needs: { history: 1 },
      limits: () => ({ warmUp: 0, tail: 0 }),
      init: () => null,
      next: () => reuse(1, 'residual', { kind: 'schedule' }),
      observe: () => null,
    }),
  });
  const wrap = defineCombinator<{ readonly depth: number }, null>({
    name: 'wrap',
    about: 'wraps for the tests',
    options: { depth: integerOption('n', 1) },
    combines: { min: 1, max: 2 },
    rule: (_, [policy]) => ({ ...(policy as Policy<null>) }),
  });

  test('are read where they are given, at every depth', () => {
    const factories = [mine, wrap];
    expect(parsePolicy('limit(wrap(mine(every=3)),maxAge=2)', { factories }).id).toBe(
      'limit(wrap(mine(every=3)),maxAge=2)',
    );
    expect(() => parsePolicy('limit(mine,maxAge=2)')).toThrow(/no policy is called "mine"/);
    expect(issuesOf(() => parsePolicy('wrap(mine,mine,mine)', { factories }))).toStrictEqual(['policies']);
  });

  test('take the place of those of the catalogue', () => {
    const solving = forecastWith({ eigen: () => ({ real: [], imaginary: [], vectors: [] }) });
    const id = 'forecast(fora(interval=3),method=dmd,order=1)';
    expect(parsePolicy(id, { factories: [solving] }).id).toBe(id);
    expect(parsePolicy(id, { factories: [solving] }).needs.operations).toStrictEqual(['products']);
    expect(() => parsePolicy(id)).toThrow(/forecastWith/);
  });
});

test('combinators say how many policies they take', () => {
  const arities = listPolicies().flatMap(({ policyName, combines }) =>
    combines ? [[policyName, combines]] : [],
  );
  expect(Object.fromEntries(arities)).toStrictEqual({
    firstOf: { min: 2, max: 26 },
    both: { min: 2, max: 26 },
    either: { min: 2, max: 26 },
    within: { min: 1, max: 1 },
    perBranch: { min: 2, max: 2 },
    limit: { min: 1, max: 1 },
    masked: { min: 1, max: 1 },
    forecast: { min: 1, max: 1 },
    budget: { min: 1, max: 1 },
  });
});

test('a threshold can be set through combinations of one policy that has one', () => {
  const policy = limit({ maxAge: 3 }, firstOf(teacache({ threshold: 0.1 }), pab()));
  expect(policy.threshold).toBe(0.1);
  expect(policy.withThreshold?.(0.4).id).toBe('limit(firstOf(teacache(threshold=0.4),pab),maxAge=3)');
  expect(limit({}, fora()).threshold).toBe(undefined);
  expect(firstOf(teacache(), bwcache()).threshold).toBe(undefined);
});
