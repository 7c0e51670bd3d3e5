import { parsePolicy } from '@refrain/core';
import { defaultDesign, gridDesign, randomDesign, readDesign, SimError, type Design } from '@refrain/sim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordOpenLoop } from '../replay/open-loop.ts';
import { fuzz } from '../seed.ts';
import { smallCase } from './small-case.ts';

const teacache: Design = {
  families: [
    {
      template: 'forecast(teacache(threshold={threshold},stride=61),order={order})',
      parameters: { threshold: { from: 0.05, to: 0.2, scale: 'log' }, order: { values: [1, 2] } },
    },
  ],
};

function errorOf(work: () => unknown): SimError {
  try {
    work();
  } catch (error) {
    if (error instanceof SimError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('a grid', () => {
  test('has all combinations, with ranges spread evenly', () => {
    expect(gridDesign(teacache, 3)).toEqual(
      [0.05, 0.1, 0.2].flatMap((threshold) =>
        [1, 2].map(
          (order) =>
            parsePolicy(`forecast(teacache(threshold=${threshold},stride=61),method=taylor,order=${order})`)
              .id,
        ),
      ),
    );
  });

  test('takes a number of values for each range by its name', () => {
    expect(gridDesign(teacache, { threshold: 5 })).toHaveLength(10);
    expect(errorOf(() => gridDesign(teacache, { order: 5 })).message).toContain('{threshold}');
  });

  test('has each policy once, also where parameters round to the same or families overlap', () => {
    const fora: Design = {
      families: [
        { template: 'fora(interval={n})', parameters: { n: { from: 2, to: 4, integer: true } } },
        { template: 'fora(interval={n})', parameters: { n: { values: [3, '3', 5] } } },
      ],
    };
    expect(gridDesign(fora, 9)).toEqual([2, 3, 4, 5].map((n) => parsePolicy(`fora(interval=${n})`).id));
  });

  test('is refused when it is too large', () => {
    const wide: Design = {
      families: [
        {
          template: 'dbcache(threshold={a},maxAccumulated={b})',
          parameters: { a: { from: 0, to: 1 }, b: { from: 0, to: 1 } },
        },
      ],
    };
    expect(errorOf(() => gridDesign(wide, 1001))).toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('a random design', () => {
  test('is the same for the same seed, begins with a shorter one, and differs for others', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(200), (seed, count) => {
        const design = defaultDesign();
        const policies = randomDesign(design, count, seed);
        expect(policies).toEqual(randomDesign(design, count, seed));
        expect(policies).toEqual(randomDesign(design, count + 7, seed).slice(0, count));
        expect(new Set(policies).size).toBe(count);
        if (count > 20) expect(policies).not.toEqual(randomDesign(design, count, seed + 1));
      }),
      { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 10) },
    );
  });

  test('fills each range evenly', () => {
    const line: Design = {
      families: [{ template: 'easycache(threshold={t})', parameters: { t: { from: 0, to: 1 } } }],
    };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const tenths = randomDesign(line, 100, seed).map((id) =>
          Math.floor(10 * (parsePolicy(id).threshold ?? -1)),
        );
        for (let tenth = 0; tenth < 10; tenth++)
          expect(Math.abs(tenths.filter((other) => other === tenth).length - 10)).toBeLessThanOrEqual(3);
      }),
      fuzz,
    );
  });

  test('ends where families have no more policies', () => {
    const few: Design = {
      families: [{ template: 'fora(interval={n})', parameters: { n: { from: 2, to: 5, integer: true } } }],
    };
    expect(randomDesign(few, 1000, 1).toSorted()).toEqual(gridDesign(few, 9).toSorted());
  });
});

describe('a design is checked', () => {
  const family = (template: string, parameters: unknown): unknown => ({
    families: [{ template, parameters }],
  });

  test.each<[string, unknown, string]>([
    ['no object', 7, 'an object'],
    ['no families', { families: [] }, 'at least one family'],
    ['an unknown field', { families: [], name: 'x' }, 'only families'],
    ['no template', family('', {}), 'families[0].template'],
    ['a placeholder without values', family('fora(interval={n})', {}), 'values for {n}'],
    ['values without a placeholder', family('fora', { n: { values: [1] } }), 'no placeholders'],
    ['both forms', family('fora(interval={n})', { n: { values: [1], from: 1 } }), 'not both'],
    ['no values', family('fora(interval={n})', { n: { values: [] } }), 'numbers and words'],
    ['bounds in the wrong order', family('fora(interval={n})', { n: { from: 3, to: 2 } }), 'from < to'],
    [
      'log from zero',
      family('teacache(threshold={t})', { t: { from: 0, to: 1, scale: 'log' } }),
      'more than 0',
    ],
    ['NaN', family('teacache(threshold={t})', { t: { from: Number.NaN, to: 1 } }), 'from < to'],
    [
      'an unknown scale',
      family('teacache(threshold={t})', { t: { from: 0, to: 1, scale: 'cube' } }),
      '"cube"',
    ],
  ])('%s', (_, json, part) => {
    const error = errorOf(() => readDesign(json));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(part);
  });

  test('template and values are named where they make no policy', () => {
    const wrong = family('teacache(threshold={t})', { t: { values: [0.1, -1] } }) as Design;
    const error = errorOf(() => gridDesign(wrong, 1));
    expect(error).toMatchObject({ code: 'OPTION_INVALID', cause: { code: 'POLICY_OPTIONS' } });
    expect(error.message).toContain('teacache(threshold={t}) with t=-1');
    expect(errorOf(() => randomDesign(wrong, 9, 0)).message).toContain('with t=-1');
  });

  test('survives JSON', () => {
    const design = defaultDesign();
    expect(gridDesign(readDesign(JSON.parse(JSON.stringify(design))), 3)).toEqual(gridDesign(design, 3));
  });
});

describe('the default design', () => {
  test('makes policies, with MagCache where its ratios were recorded', async () => {
    const recording = await recordOpenLoop(smallCase);
    const lanes = recording.lanes.map((lane) => ({
      ...lane,
      ratios: Float32Array.from({ length: recording.steps }, () => 1.01),
    }));
    const names = (design: Design): Set<string> =>
      new Set(gridDesign(design, 2).map((id) => /^\w+(\(\w+)?/.exec(id)?.[0] ?? ''));
    expect(names(defaultDesign([{ ...recording, lanes }]))).toContain('magcache(threshold');
    const without = lanes.map(({ branch, call, change, magnitude }) => ({ branch, call, change, magnitude }));
    expect(names(defaultDesign([{ ...recording, lanes: without }]))).not.toContain('magcache(threshold');
    expect(names(defaultDesign())).toContain('bwcache(threshold');
  });
});
