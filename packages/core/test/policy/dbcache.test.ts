import { dbcache, parsePolicy, PolicyConfigError, type DbcacheOptions } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { BUMPS, runOnSeries, TWO_BRANCHES, type ToyRun, type ToySeries } from './block-toy.ts';

/** The toy of cache-dit's vectors: four blocks, of which one is at the front unless told otherwise. */
function run(options: Partial<DbcacheOptions>, series: Partial<ToySeries> = {}): Promise<ToyRun> {
  return runOnSeries(dbcache({ front: 1, ...options }), { series: BUMPS, blocks: 4, ...series });
}

const GUIDED = ['conditional', 'unconditional'];
const still = (steps: number): readonly number[] => Array.from({ length: steps }, () => 1);
const twice = [...BUMPS, ...BUMPS];

describe('DBCache decides as cache-dit', () => {
  test.each<[Partial<DbcacheOptions>, string]>([
    [{ warmUp: 4 }, '111101000010000000000000'],
    [{ warmUp: 0 }, '101101000010000000000000'],
    [{ warmUp: 4, maxAccumulated: 0.3 }, '111101000011111111111111'],
    [{ threshold: 1, warmUp: 4, maxCached: 5 }, '111100000111111111111111'],
    [{ threshold: 1, warmUp: 4, maxContinuous: 0 }, '111111111111111111111111'],
    [{ threshold: 1, warmUp: 4, maxContinuous: 1 }, '111101001001001001001001'],
    [{ threshold: 1, warmUp: 4, maxContinuous: 2 }, '111100100100100100100100'],
    [{ threshold: 1, warmUp: 4, maxContinuous: 3 }, '111100010001000100010001'],
    [{ threshold: 1, warmUp: 4, maxContinuous: 4 }, '111100001000010000100001'],
    [{ mask: 'fast', maskPolicy: 'static' }, '111111010001000010000001'],
    [{ warmUp: 2, refresh: 12 }, '110101000010110000000000'],
  ])('%o', async (options, mask) => {
    expect((await run(options)).mask).toBe(mask);
  });

  test('with a change for each branch', async () => {
    const series = { series: TWO_BRANCHES, branches: GUIDED };
    expect((await run({ warmUp: 4 }, series)).mask).toBe('111111110010000001011100010100010001010001010001');
    expect((await run({ threshold: 1, warmUp: 4, maxContinuous: 2 }, series)).mask).toBe(
      '111111110000110000110000110000110000110000110000',
    );
  });

  test('in several generations, of which the second begins one call late', async () => {
    const options = { warmUp: 4, generation: 24 };
    const first = '111101000010000000000000';
    expect((await run({ ...options, variant: 'cache-dit' }, { series: twice })).mask).toBe(
      `${first}111111000010000000000000`,
    );
    expect((await run(options, { series: twice })).mask).toBe(first + first);
    // Without the number of steps it never notices.
    expect((await run({ warmUp: 4 }, { series: twice })).mask).toBe(`${first}101101000010000000000000`);
    const constant = { series: still(24) };
    expect((await run({ warmUp: 2, generation: 8, variant: 'cache-dit' }, constant)).mask).toBe(
      '110000000110000000110000',
    );
    expect((await run({ warmUp: 2, generation: 8 }, constant)).mask).toBe('110000001100000011000000');
  });
});

describe('DBCache', () => {
  test('computes F blocks at the front and B at the back, and reuses the residual between them', async () => {
    const { blocks, out } = await run(
      { threshold: 0.5, front: 1, back: 1, warmUp: 1 },
      { series: [1, 1.25], blocks: 4 },
    );
    expect(blocks).toStrictEqual(['1111', '1001']);
    // 1 + 1·1.25, then 2·1 + 3·1 from the first step, then 4·1.25.
    expect(out).toStrictEqual([11, 12.25]);
  });

  test('computes every n-th step of the warm-up, and looks in the others', async () => {
    expect((await run({ warmUp: 8, warmUpInterval: 2 }, { series: still(10) })).mask).toBe('1010101000');
    expect((await run({ warmUp: 8, warmUpInterval: 3 }, { series: still(10) })).mask).toBe('1001001000');
  });

  test('ends the warm-up with the first ones of a mask', async () => {
    expect((await run({ warmUp: 8, mask: '1100100000', threshold: 0.5 }, { series: still(10) })).mask).toBe(
      '1100100000',
    );
  });

  test('asks the indicator where a dynamic mask has a 0, and not where a static one has', async () => {
    const jump = [1, 1, 1, 9, 9, 9];
    const mask = '110000';
    expect((await run({ mask, maskPolicy: 'dynamic' }, { series: jump })).mask).toBe('110100');
    const { mask: decided, report } = await run({ mask, maskPolicy: 'static' }, { series: jump });
    expect(decided).toBe('110000');
    expect(report.decisions.every(({ measured }) => measured === undefined)).toBe(true);
  });

  test('computes first whatever a mask says', async () => {
    expect((await run({ mask: '0000', maskPolicy: 'static' }, { series: still(4) })).mask).toBe('1000');
    expect((await run({ mask: '0000', warmUp: 0 }, { series: still(4) })).mask).toBe('1000');
  });

  test('counts steps in a row over a step that the threshold let compute', async () => {
    // Reused: 1 (first of all: 1), 3 (after a gap: still 1), 4 (2), so that 5 is computed with a limit of 2.
    const series = [1, 1, 9, 9, 9, 9, 9, 9];
    expect((await run({ warmUp: 1, threshold: 0.5, maxContinuous: 2 }, { series })).mask).toBe('10100100');
  });

  test('a threshold from 1 on reuses without a look, below 1 with one', async () => {
    const jumps = [1, 100, 1, 100];
    expect((await run({ warmUp: 1, threshold: 1 }, { series: jumps })).mask).toBe('1000');
    expect((await run({ warmUp: 1, threshold: 0.999 }, { series: jumps })).mask).toBe('1100');
  });

  test('is not fooled by a front that adds nothing: it computes', async () => {
    const { mask, report } = await run({ warmUp: 0, threshold: 0.5 }, { series: [0, 0, 0] });
    expect(mask).toBe('111');
    expect(report.warnings.map(({ code }) => code)).toContain('zero-reference');
  });

  test('a change against zeros is without bound for the accumulated change, no change against zeros is none', async () => {
    const options = { warmUp: 1, maxAccumulated: 100 };
    expect((await run(options, { series: [0, 1, 1, 1, 1] })).mask).toBe('11111');
    expect((await run({ ...options, maxAccumulated: 0 }, { series: [0, 1, 1, 1, 1] })).mask).toBe('11000');
    expect((await run(options, { series: [0, 0, 0, 0, 0] })).mask).toBe('11111');
    expect((await run({ ...options, warmUp: 2 }, { series: [0, 1, 1, 1, 1] })).mask).toBe('11000');
  });

  test('compares the stream itself with indicator=hidden-states', async () => {
    // The residual doubles, the stream goes from 9 to 10.
    const series = { series: [1, 2, 2], input: () => 8 };
    expect((await run({ warmUp: 0, threshold: 0.5 }, series)).mask).toBe('110');
    expect((await run({ warmUp: 0, threshold: 0.5, indicator: 'hidden-states' }, series)).mask).toBe('100');
  });

  test('forgets everything after so many steps, once or again and again', async () => {
    const series = { series: still(12) };
    expect((await run({ warmUp: 1, refresh: 4 }, series)).mask).toBe('100010000000');
    expect((await run({ warmUp: 1, refresh: 4, refreshPolicy: 'repeat' }, series)).mask).toBe('100010001000');
  });

  test('a new generation may be refreshed once more', async () => {
    const { mask } = await run({ warmUp: 1, refresh: 3, generation: 8 }, { series: still(16) });
    expect(mask).toBe('1001000010010000');
  });
});

describe('DBCache with a change that the branches share', () => {
  // The conditional branch does not change, the unconditional one doubles at every step.
  const series = [1, 1, 1, 2, 1, 4, 1, 8];
  const shared = { warmUp: 1, threshold: 0.5, cfg: 'shared' } as const;

  test('the second branch follows the first', async () => {
    expect((await run({ ...shared, cfg: 'separate' }, { series, branches: GUIDED })).mask).toBe('11010101');
    expect((await run(shared, { series, branches: GUIDED })).mask).toBe('11000000');
    const other = [1, 1, 2, 1, 4, 1, 8, 1];
    expect((await run(shared, { series: other, branches: GUIDED })).mask).toBe('11111111');
  });

  test('each branch has its own limits', async () => {
    const { mask } = await run({ ...shared, maxCached: 1 }, { series, branches: GUIDED });
    expect(mask).toBe('11001111');
  });

  test('the second branch looks for itself where the first did not, or could not', async () => {
    // Unreadable: the first branch adds nothing.
    const broken = [0, 1, 0, 1, 0, 1];
    expect((await run(shared, { series: broken, branches: GUIDED })).mask).toBe('111111');
  });

  test('the second branch follows also where it has only zeros to compare with, as in the source', async () => {
    expect((await run(shared, { series: [1, 0, 1, 0], branches: GUIDED })).mask).toBe('1100');
    expect((await run(shared, { series: [1, 0, 1, 4], branches: GUIDED })).mask).toBe('1100');
  });
});

describe('DBCache on a run that it does not fit', () => {
  test('scales F and B down in their proportion, and says so', async () => {
    const { blocks, report } = await run(
      { front: 8, back: 8, warmUp: 1, threshold: 0.5 },
      { series: still(3), blocks: 8 },
    );
    expect(blocks).toStrictEqual(['11111111', '11000011', '11000011']);
    const { message = '' } = report.warnings.find(({ code }) => code === 'other-model') ?? {};
    expect(message).toContain('F8 B8 leaves nothing to reuse of 8 blocks: F2 B2 is used instead');
  });

  test.each([
    [2, '10'],
    [3, '100'],
    [8, '11110000'],
    [9, '111111110'],
  ])('the default on %i blocks reuses some of them', async (blocks, expected) => {
    const { blocks: digits } = await run({ front: 8, warmUp: 1 }, { series: still(3), blocks });
    expect(digits[1]).toBe(expected);
  });

  test('refuses a preset where cache-dit defines none', async () => {
    await expect(run({ mask: 'slow' }, { series: still(5) })).rejects.toThrow(
      /mask=slow is defined for 4, 6, and at least 8 steps, not for 5/,
    );
    expect((await run({ mask: 'ultra', threshold: 0.5 }, { series: still(4) })).mask).toBe('1101');
  });

  test('says when a mask has another length', async () => {
    const { report } = await run({ mask: '110' }, { series: still(6) });
    expect(report.warnings.map(({ code }) => code)).toContain('other-steps');
  });

  test('refuses options that are none', () => {
    expect(() => dbcache({ mask: '12' })).toThrow(PolicyConfigError);
    expect(() => dbcache({ front: 0 })).toThrow(PolicyConfigError);
    expect(() => parsePolicy('dbcache(mask=quick)')).toThrow(/slow, medium, fast, ultra/);
  });

  test('has the id that people quote', () => {
    expect(dbcache().id).toBe('dbcache(threshold=0.08,front=8,back=0,warmUp=8)');
    const id = 'dbcache(threshold=0.12,front=1,back=0,warmUp=8,maxContinuous=3,mask=ultra,maskPolicy=static)';
    expect(parsePolicy(id).id).toBe(id);
  });
});
