import {
  bwcache,
  fixed,
  fora,
  pab,
  parsePolicy,
  PolicyConfigError,
  recorded,
  RefrainError,
  teacache,
  watch,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';

/** What a mistake is answered with. */
function mistake(make: () => unknown): PolicyConfigError {
  try {
    make();
  } catch (error) {
    if (error instanceof PolicyConfigError) return error;
    throw error;
  }
  throw new Error('expected a PolicyConfigError, and nothing was thrown');
}

describe('an unknown policy', () => {
  test.each([
    ['bwcash', 'bwcache'],
    ['BWCache', 'bwcache'],
    ['teecache', 'teacache'],
    ['nevr', 'never'],
    ['fxied', 'fixed'],
    ['bap', 'pab'],
  ])('%s is answered with the nearest name', (name, nearest) => {
    const error = mistake(() => parsePolicy(`${name}(x=1)`));
    expect(error.code).toBe('POLICY_UNKNOWN');
    expect(error.message).toContain(`"${name}"`);
    expect(error.message).toContain(`did you mean "${nearest}"?`);
  });

  test('that is like none is answered with all names', () => {
    const error = mistake(() => parsePolicy('quantisation'));
    expect(error.code).toBe('POLICY_UNKNOWN');
    expect(error.message).not.toContain('did you mean');
    expect(error.message).toContain('known are never, always, watch');
  });
});

describe('an unknown option', () => {
  test.each([
    ['bwcache(treshold=0.2)', 'treshold', 'did you mean "threshold"?'],
    ['bwcache(Interval=3)', 'Interval', 'did you mean "interval"?'],
    ['never(threshold=1)', 'threshold', 'it takes no options'],
    ['fora(quality=9)', 'quality', 'it takes interval, cache'],
    ['bwcache(__proto__=1)', '__proto__', 'no such option'],
    ['bwcache(constructor=1)', 'constructor', 'no such option'],
  ])('%s is named', (id, option, message) => {
    const error = mistake(() => parsePolicy(id));
    expect(error.code).toBe('POLICY_OPTIONS');
    expect(error.issues).toStrictEqual([{ option, message: expect.stringContaining(message) as string }]);
  });

  test('in code is named too', () => {
    const given = { treshold: 0.2 } as object;
    expect(mistake(() => bwcache(given)).issues).toMatchObject([{ option: 'treshold' }]);
  });
});

describe('a bad value is named, with what was expected and what came', () => {
  test.each<[() => unknown, string, string]>([
    [() => bwcache({ threshold: -0.1 }), 'threshold', 'expected a number of at least 0, got -0.1'],
    [() => bwcache({ threshold: Number.NaN }), 'threshold', 'got NaN'],
    [() => bwcache({ threshold: Infinity }), 'threshold', 'got Infinity'],
    [() => bwcache({ threshold: '0.15' as unknown as number }), 'threshold', 'got "0.15"'],
    [() => bwcache({ threshold: null as unknown as number }), 'threshold', 'got null'],
    [() => bwcache({ interval: 0 }), 'interval', 'an integer of at least 1'],
    [() => bwcache({ interval: 0.5 }), 'interval', 'got 0.5'],
    [() => bwcache({ interval: -3 }), 'interval', 'got -3'],
    [() => bwcache({ interval: '0%' }), 'interval', 'above 0% and at most 100%'],
    [() => bwcache({ interval: '101%' }), 'interval', 'got "101%"'],
    [() => bwcache({ interval: '-5%' }), 'interval', 'got "-5%"'],
    [() => bwcache({ interval: '3' as StepCount }), 'interval', 'got "3"'],
    [() => bwcache({ interval: '%' as StepCount }), 'interval', 'got "%"'],
    [() => bwcache({ form: 'papr' as 'paper' }), 'form', 'one of released, paper'],
    [() => bwcache({ tail: -1 }), 'tail', 'got -1'],
    [() => bwcache({ blocks: '0%' }), 'blocks', 'got "0%"'],
    [() => bwcache({ stride: 1.5 }), 'stride', 'an integer of at least 1, got 1.5'],
    [() => watch({ stride: 0 }), 'stride', 'got 0'],
    [() => fora({ interval: 0 }), 'interval', 'got 0'],
    [() => fora({ interval: 2.5 }), 'interval', 'got 2.5'],
    [() => teacache({ coefficients: [] }), 'coefficients', 'at least 1 of them'],
    [() => teacache({ coefficients: [1, Number.NaN] }), 'coefficients', 'got [1,null]'],
    [() => fixed({ mask: '011' }), 'mask', 'digits 0 and 1 that start with 1, got "011"'],
    [() => fixed({ mask: '12' }), 'mask', 'got "12"'],
    [() => fixed({ mask: '' }), 'mask', 'got ""'],
    [() => pab({ low: 900, high: 100 }), 'low', 'expected low < high, got 900 and 100'],
    [() => pab({ spatial: 0 }), 'spatial', 'got 0'],
    [() => recorded(), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:c0' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:x3' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:c1|a:c1' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: ':c3' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:c1/r1*1:x' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:c1/r1*1::2' }), 'trace', 'expected lanes'],
    [() => recorded({ trace: 'a:c1,b:c1' }), 'trace', 'the trace of a run'],
    [() => parsePolicy('bwcache(threshold=much)'), 'threshold', 'got "much"'],
    [() => parsePolicy('bwcache(threshold=)'), 'threshold', 'got ""'],
    [() => parsePolicy('bwcache(threshold=(1))'), 'threshold', 'got "(1)"'],
    [() => parsePolicy('bwcache(threshold=NaN)'), 'threshold', 'expected a number of at least 0'],
    [() => parsePolicy('bwcache(threshold=Infinity)'), 'threshold', 'expected a number of at least 0'],
    [() => parsePolicy('bwcache(interval=0%)'), 'interval', 'above 0%'],
    [() => parsePolicy('bwcache(interval=101%)'), 'interval', 'at most 100%'],
    [() => parsePolicy('bwcache(interval=ten%)'), 'interval', 'got "ten%"'],
    [() => parsePolicy('bwcache(form=neither)'), 'form', 'one of released, paper'],
    [() => parsePolicy('teacache(coefficients=1::2)'), 'coefficients', 'got "1::2"'],
    [() => parsePolicy('fixed(mask=0)'), 'mask', 'digits 0 and 1'],
  ])('%#', (make, option, message) => {
    const error = mistake(make);
    expect(error.code).toBe('POLICY_OPTIONS');
    expect(error.issues.map((issue) => issue.option)).toStrictEqual([option]);
    expect(error.message).toContain(option);
    expect(error.message).toContain(message);
  });

  test('all of them at once', () => {
    const options = { threshold: -1, interval: 0, tial: 3, stride: 0 } as object;
    for (const make of [
      () => bwcache(options),
      () => parsePolicy('bwcache(threshold=-1,interval=0,tial=3,stride=0)'),
      () => parsePolicy('bwcache(threshold=x,interval=y%,tial=3,stride=z)'),
    ]) {
      const { issues } = mistake(make);
      expect(issues.map(({ option }) => option).toSorted()).toStrictEqual([
        'interval',
        'stride',
        'threshold',
        'tial',
      ]);
    }
  });
});

describe('a text that is no id', () => {
  test.each([
    ['', 'expected name or name(option=value,…)'],
    ['   ', 'expected name'],
    ['bwcache(', 'a parenthesis is not closed'],
    ['bwcache)', 'a parenthesis is closed that was not opened'],
    ['bwcache)(', 'a parenthesis is closed that was not opened'],
    ['bwcache(threshold=0.1', 'a parenthesis is not closed'],
    ['bwcache()()', 'expected name'],
    ['bwcache(threshold=0.1))', 'a parenthesis is closed that was not opened'],
    ['bwcache(threshold=(1)', 'a parenthesis is not closed'],
    ['limit(bwcache(threshold=0.1)', 'a parenthesis is not closed'],
    ['limit(bwcache)maxAge=2)', 'a parenthesis is closed that was not opened'],
    ['limit(bwcache(),maxAge=2', 'a parenthesis is not closed'],
    ['3cache', 'expected name'],
    ['bwcache threshold=0.1', 'expected name'],
    ['bwcache(0.15)', 'expected option=value or a policy, got "0.15"'],
    ['bwcache(=0.15)', 'expected option=value or a policy, got "=0.15"'],
    ['bwcache(threshold=0.1,)', 'expected option=value or a policy, got ""'],
    ['bwcache(,)', 'expected option=value or a policy, got ""'],
    ['limit(bwcache,(fora),maxAge=2)', 'expected option=value or a policy, got "(fora)"'],
    ['limit(bwcache(0.15),maxAge=2)', 'expected option=value or a policy, got "0.15"'],
    ['bwcache(threshold=0.1,threshold=0.2)', 'option "threshold" is given twice'],
  ])('%j', (id, message) => {
    const error = mistake(() => parsePolicy(id));
    expect(error.code).toBe('POLICY_SYNTAX');
    expect(error.message).toContain(message);
    expect(error.message).toContain(`"${id}"`);
  });

  test('never makes anything else than a policy or an error that a program can tell apart', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...Array.from('bwcache(threshold=0.15,%:/|*-e1)_')) }),
      fc
        .tuple(fc.constantFrom('bwcache', 'fixed', 'recorded', 'pab'), fc.string(), fc.string())
        .map(([name, key, value]) => `${name}(${key}=${value})`),
    );
    fc.assert(
      fc.property(text, (id) => {
        try {
          expect(parsePolicy(parsePolicy(id).id).id).toBe(parsePolicy(id).id);
        } catch (error) {
          expect(error).toBeInstanceOf(RefrainError);
          expect((error as RefrainError).code).toMatch(/^POLICY_(SYNTAX|UNKNOWN|OPTIONS)$/);
        }
      }),
      { ...fuzz, numRuns: 10 * fuzz.numRuns },
    );
  });
});
