import { dbprune, parsePolicy, PolicyConfigError, type DbpruneOptions } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { BUMPS, runOnSeries, type ToyRun, type ToySeries } from './block-toy.ts';

/** The toy of cache-dit's vectors: eight blocks, of which the first and the last always run. */
function run(options: Partial<DbpruneOptions>, series: Partial<ToySeries> = {}): Promise<ToyRun> {
  return runOnSeries(dbprune({ front: 1, back: 1, ...options }), {
    series: BUMPS.slice(0, 20),
    blocks: 8,
    input: (value) => 4 * value,
    ...series,
  });
}

const ALL = '11111111';
const ENDS = '10000001';

/** Steps as letters: `a` all blocks, `e` the ends only, `m` also the third. */
function stepsOf(letters: string): readonly string[] {
  const words: Readonly<Record<string, string>> = { a: ALL, e: ENDS, m: '10100001', k: '10011001' };
  return letters.split('').map((letter) => words[letter] ?? letter);
}

describe('DBPrune decides as cache-dit', () => {
  test.each<[Partial<DbpruneOptions>, string]>([
    [{ threshold: 0.05, warmUp: 4 }, 'aaaaeaeeaeeeeeeaeaae'],
    [{ warmUp: 4, maxContinuous: 2 }, 'aaaaeaemmmaemmmmmmmm'],
    [{ warmUp: 4, keep: [3, 4] }, 'aaaakakkkkakkkkkkkkk'],
  ])('%o', async (options, letters) => {
    expect((await run(options)).blocks).toStrictEqual(stepsOf(letters));
  });
});

describe('DBPrune', () => {
  test('each block compares its input with the one when it was last computed', async () => {
    // With an input that stays, the first blocks see little change and the later ones all of what came before.
    const { blocks, out } = await run(
      { threshold: 0.25, warmUp: 1 },
      { series: [1, 2], input: () => 8, blocks: 4 },
    );
    // Inputs of blocks 1 and 2: 9 → 10, and 11 → 12 with the old residual of 2.
    expect(blocks).toStrictEqual(['1111', '1001']);
    expect(out).toStrictEqual([18, 8 + 2 + 2 + 3 + 8]);
  });

  test('decides within a step, block by block', async () => {
    // Inputs go from 2, 4, 7 to 3, then 3 + 2 = 5: changes of 1/2 and 1/4.
    const { blocks } = await run(
      { threshold: 0.3, warmUp: 1 },
      { series: [1, 2], input: () => 1, blocks: 4 },
    );
    expect(blocks).toStrictEqual(['1111', '1111']);
    const { blocks: mixed } = await run(
      { threshold: 0.6, warmUp: 1 },
      { series: [1, 2], input: () => 1, blocks: 4 },
    );
    expect(mixed).toStrictEqual(['1111', '1001']);
  });

  test('a limit of reused steps lets the first block of the last one go', async () => {
    const { blocks } = await run(
      { threshold: 0.5, warmUp: 1, maxCached: 1 },
      { series: [1, 1, 1], blocks: 4 },
    );
    expect(blocks).toStrictEqual(['1111', '1011', '1111']);
  });

  test('with maxContinuous=0 nothing is pruned', async () => {
    const { mask } = await run({ threshold: 0.5, warmUp: 1, maxContinuous: 0 }, { series: [1, 1, 1] });
    expect(mask).toBe('111');
  });

  test('a mask holds for whole steps', async () => {
    const options = { threshold: 0.5, mask: '1010', maskPolicy: 'static' } as const;
    expect((await run(options, { series: [1, 9, 1, 9] })).blocks).toStrictEqual(stepsOf('aeae'));
    expect((await run({ ...options, maskPolicy: 'dynamic' }, { series: [1, 9, 9, 9] })).blocks).toStrictEqual(
      stepsOf('aaae'),
    );
  });

  test('a threshold from 1 on prunes without a look', async () => {
    const { blocks, report } = await run({ threshold: 1, warmUp: 1 }, { series: [1, 500, 3] });
    expect(blocks).toStrictEqual(stepsOf('aee'));
    expect(report.decisions.every(({ measured }) => measured === undefined)).toBe(true);
  });

  test('a block whose input is zero is computed', async () => {
    const { mask, report } = await run({ threshold: 0.5, warmUp: 1 }, { series: [0, 0, 0] });
    expect(mask).toBe('111');
    expect(report.warnings.map(({ code }) => code)).toContain('zero-reference');
  });

  test('tells the change of each block', async () => {
    const { report } = await run({ threshold: 0.5, warmUp: 1 }, { series: [1, 1.25], blocks: 3 });
    expect(report.decisions.at(-2)).toMatchObject({
      site: 1,
      did: 'reused',
      why: { kind: 'below-threshold', value: 0.25, threshold: 0.5 },
    });
  });
});

describe('the dynamic threshold', () => {
  // Inputs 4s + s for the first block of the middle, and as much more as the blocks before it reused or computed.
  const series = [1, 1.25];
  const changes = (options: Partial<DbpruneOptions>): Promise<ToyRun> =>
    run({ threshold: 0.2, warmUp: 1, dynamic: 'yes', relax: 1.5, ...options }, { series, blocks: 4 });

  test('rises with the changes that the step has seen', async () => {
    expect((await changes({ dynamic: 'no' })).blocks[1]).toBe('1111');
    // 0.25 is not below 0.2; then the mean of 0.25 times 1.5 is 0.375, below twice 0.2.
    expect((await changes({})).blocks[1]).toBe('1101');
  });

  test('is used below its own limit only', async () => {
    expect((await changes({ maxThreshold: 0.375 })).blocks[1]).toBe('1111');
    expect((await changes({ maxThreshold: 0.38 })).blocks[1]).toBe('1101');
    expect((await changes({ relax: 1.6 })).blocks[1]).toBe('1111');
  });

  test('follows the first branch for all of them, as in the source, when told', async () => {
    const guided = { series: [1, 1, 1.25, 1], blocks: 4, branches: ['conditional', 'unconditional'] };
    const options = { threshold: 0.01, warmUp: 1, dynamic: 'yes', relax: 1.5, maxThreshold: 1 } as const;
    const jumps = { ...guided, series: [1, 1, 1.25, 1.25] };
    const [own, led] = [await run(options, jumps), await run({ ...options, cfg: 'shared' }, jumps)];
    // The first block of a branch meets the threshold itself, or the one that the other branch has raised already.
    expect(own.blocks.slice(2)).toStrictEqual(['1101', '1101']);
    expect(led.blocks.slice(2)).toStrictEqual(['1101', '1001']);
    expect((await run({ ...options, cfg: 'shared' }, guided)).blocks.slice(2)).toStrictEqual([
      '1101',
      '1001',
    ]);
  });

  test('does not rise with a change against zeros, which has no bound', async () => {
    const options = { threshold: 0.2, warmUp: 1, dynamic: 'yes', relax: 1.5, maxThreshold: 1 } as const;
    // The inputs of the three blocks in the middle: 0, 2, 5, and then 0.1, 2.6, 6.35.
    const inputs = (start: number): Partial<ToySeries> => ({
      series: [1, 1.25],
      blocks: 5,
      input: (value) => (value === 1 ? start : -1.15),
    });
    expect((await run(options, inputs(-1))).blocks[1]).toBe('11111');
    // With 0.0625 instead of 0 the first change is 0.6, and raises the threshold for the others to 0.9.
    expect((await run(options, inputs(-0.9375))).blocks[1]).toBe('11001');
  });

  test('never falls below the threshold', async () => {
    const { report } = await changes({ threshold: 0.3, relax: 0.5 });
    expect(report.decisions.flatMap(({ why }) => ('threshold' in why ? [why.threshold] : []))).toStrictEqual([
      0.3, 0.3,
    ]);
  });
});

describe('DBPrune on a model that it does not fit', () => {
  test('scales the ends down, and says so', async () => {
    const { blocks, report } = await runOnSeries(dbprune({ warmUp: 1 }), { series: [1, 1, 1], blocks: 4 });
    expect(blocks[1]).toBe('1100');
    expect(report.warnings.map(({ code }) => code)).toContain('other-model');
  });

  test('says when keep names blocks that there are not, or leaves none', async () => {
    const { report } = await run({ keep: [1, 2, 9] }, { blocks: 4 });
    const messages = report.warnings.map(({ message }) => message);
    expect(messages).toContain('keep names blocks 9, and the model has 4: they are ignored');
    expect(messages).toContain('front, back and keep leave none of 4 blocks to prune');
  });

  test('refuses what is no block', () => {
    expect(() => dbprune({ keep: [1.5] })).toThrow(PolicyConfigError);
    expect(() => parsePolicy('dbprune(keep=-1)')).toThrow(/expected block numbers from 0/);
    expect(dbprune({ keep: [3, 4] }).id).toBe('dbprune(threshold=0.08,front=8,back=0,warmUp=8,keep=3:4)');
  });
});
