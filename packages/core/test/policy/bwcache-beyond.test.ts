import { bwcache, parsePolicy, streamOf, type BwcacheOptions, type RunReport } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { runOnModulated } from '../toy.ts';

/** Modulated inputs of one block that change by the given ratios from step to step. */
function changing(...ratios: readonly number[]): number[][] {
  let value = 1;
  return [[1], ...ratios.map((ratio) => [(value *= 1 + ratio)])];
}

async function run(options: Partial<BwcacheOptions>, modulated: readonly number[][]): Promise<RunReport> {
  return runOnModulated(bwcache({ threshold: 0.15, interval: 2, tail: 0, ...options }), modulated);
}

async function mask(options: Partial<BwcacheOptions>, modulated: readonly number[][]): Promise<string> {
  return (await run(options, modulated)).mask['conditional'] ?? '';
}

const steady = (steps: number): number[][] => changing(1, ...Array.from({ length: steps - 2 }, () => 0.01));

describe('rearm', () => {
  const bumpy = changing(1, 0.01, 0, 0, 3, 0.01, 0, 0, 0.01, 0, 0, 0);

  test('compares anew before each series, with the last computed step', async () => {
    // 2 triggers. 5 is four times 2, so 6 is computed; it is near 5, so two are reused, and so on.
    expect(await mask({}, bumpy)).toBe('1110010010010');
    expect(await mask({ rearm: 'yes' }, bumpy)).toBe('1110011001001');
  });

  test('keeps the schedule while nothing changes', async () => {
    expect(await mask({ rearm: 'yes', tail: 0.5 }, steady(14))).toBe(await mask({ tail: 0.5 }, steady(14)));
  });

  test('goes on measuring', async () => {
    const measured = (report: RunReport): number[] =>
      report.decisions.filter((record) => record.measured).map(({ step }) => step);
    expect(measured(await run({}, steady(12)))).toStrictEqual([0, 1, 2]);
    expect(measured(await run({ rearm: 'yes' }, steady(12)))).toStrictEqual([0, 1, 2, 5, 8]);
  });

  test('changes nothing in the form of the paper', async () => {
    const options = { form: 'paper' } as const;
    expect(await mask({ ...options, rearm: 'yes' }, bumpy)).toBe(await mask(options, bumpy));
  });
});

describe('stop', () => {
  // Flat until step 6, then the right arm of the U.
  const rising = changing(1, 0.01, 0.01, 0.01, 0.01, 0.01, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3);

  test('at the threshold ends reuse at the first comparison that is not below it', async () => {
    expect(await mask({}, rising)).toBe('1110010010010');
    // 5 differs from 2 by 3 %, 8 from 5 by 71 %.
    const report = await run({ stop: 'threshold' }, rising);
    expect(report.mask['conditional']).toBe('1110010011111');
    expect(report.decisions.at(-1)?.why).toMatchObject({ kind: 'above-threshold', threshold: 0.15 });
  });

  test('at a factor compares changes per step with their minimum', async () => {
    const report = await run({ stop: 10 }, rising);
    expect(report.mask['conditional']).toBe('1110010011111');
    // (1.01 · 1.3² − 1) / 3 = 0.2356…, ten times the least of 0.01.
    expect(report.decisions.at(-1)?.why).toMatchObject({
      kind: 'limit',
      value: expect.closeTo((1.01 * 1.3 ** 2 - 1) / 3, 5) as number,
      limit: expect.closeTo(0.1, 5) as number,
    });
    expect(await mask({ stop: 50 }, rising)).toBe('1110010010010');
  });

  test('is final: a quiet end does not bring reuse back', async () => {
    const calm = changing(1, 0.01, 0, 0, 3, 0, 0, 0, 0, 0);
    expect(await mask({ stop: 'threshold' }, calm)).toBe('11100111111');
    expect(await mask({ stop: 'threshold', rearm: 'yes' }, calm)).toBe('11100111111');
  });

  test('does not count before the trigger, on the left arm', async () => {
    expect(await mask({ stop: 1 }, changing(0.2, 0.9, 0.01, 0, 0, 0, 0))).toBe('11110010');
  });

  test('keeps and measures nothing that no later step could use', async () => {
    const report = await run({ stop: 'threshold' }, rising);
    expect(report.decisions.filter(({ step, measured }) => step > 8 && measured)).toStrictEqual([]);
  });
});

describe('low and high', () => {
  // Timesteps 12, 11, … 1.
  test('reuse only strictly between them', async () => {
    expect(await mask({}, steady(12))).toBe('111001001001');
    expect(await mask({ low: 3, high: 8 }, steady(12))).toBe('111110010111');
    expect(await mask({ high: 8 }, steady(12))).toBe('111110010010');
    expect(await mask({ low: 3 }, steady(12))).toBe('111001001111');
  });

  test('name themselves as the reason', async () => {
    const why = async (options: Partial<BwcacheOptions>, step: number): Promise<unknown> =>
      (await run(options, steady(12))).decisions.find((record) => record.step === step)?.why;
    expect(await why({ low: 3, high: 8 }, 4)).toStrictEqual({
      kind: 'outside-window',
      timestep: 8,
      low: 3,
      high: 8,
    });
    expect(await why({ high: 8 }, 3)).toStrictEqual({ kind: 'rule', text: 'timestep 9 is not below 8' });
    expect(await why({ low: 3 }, 11)).toStrictEqual({ kind: 'rule', text: 'timestep 1 is not above 3' });
  });

  test('that leave no step reuse nothing, and the report says so', async () => {
    const report = await run({ low: 20, high: 30 }, steady(12));
    expect(report.mask['conditional']).toBe('111111111111');
    expect(report.warnings.map(({ code }) => code)).toContain('never-reused');
  });

  test('take steps whose timesteps come in any order', async () => {
    const timesteps = [9, 1, 5, 2, 6, 3];
    const policy = bwcache({ low: 2, high: 7 });
    const site = { level: 'block', name: 'b', family: 'b', from: 0, until: 1, modulated: true } as const;
    const shape = {
      steps: timesteps.length,
      timesteps,
      branches: ['conditional'],
      branch: 'conditional',
      call: 0,
      callsPerStep: 1,
      stream: streamOf([site]),
    };
    expect(policy.limits(shape)).toStrictEqual({ warmUp: 2, tail: 0, maxAge: 1 });
    expect(policy.limits({ ...shape, timesteps: [5, 6, 3, 1, 1, 1] })).toMatchObject({ tail: 3 });
  });
});

describe('select=blocks', () => {
  /** What was done to each block at each step: one row a step. */
  function rows(report: RunReport, blocks: number): string[] {
    const grid: string[][] = [];
    for (const { step, site, until, did } of report.decisions)
      for (let block = site; block < until; block++)
        (grid[step] ??= [])[block] = did === 'reused' ? '0' : '1';
    return grid.map((row) => Array.from({ length: blocks }, (_, block) => row[block] ?? '?').join(''));
  }

  // Block 0 is quiet from step 2 on, block 1 never, block 2 from step 4 on.
  const uneven = Array.from({ length: 10 }, (_, step) => [
    2 ** Math.min(step, 1),
    2 ** step,
    2 ** Math.min(step, 3),
  ]);

  test('reuses the quiet blocks and computes the others in the same step', async () => {
    expect(rows(await run({ select: 'blocks' }, uneven), 3)).toStrictEqual([
      '111',
      '111',
      '111', // block 0 triggers
      '011',
      '011', // block 2 triggers
      '110',
      '010',
      '011',
      '110',
      '010',
    ]);
  });

  test('runs neighbours that are computed in one go', async () => {
    const { decisions } = await run({ select: 'blocks' }, uneven);
    expect(
      decisions.filter(({ step }) => step === 3).map(({ site, until, did }) => [site, until, did]),
    ).toStrictEqual([
      [0, 1, 'reused'],
      [1, 3, 'computed'],
    ]);
  });

  test('does in one block what the stack does', async () => {
    const signals = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(
        signals,
        fc.record({
          threshold: fc.double({ min: 0, max: 2, noNaN: true }),
          rearm: fc.constantFrom('no', 'yes'),
          stop: fc.oneof(fc.constantFrom('never', 'threshold'), fc.constant(2)),
          tail: fc.constantFrom(0, 0.5, 3),
        }),
        async (signal, options) => {
          const traces = signal.map((value) => [value]);
          expect(await mask({ ...options, select: 'blocks' }, traces)).toBe(await mask(options, traces));
        },
      ),
      fuzz,
    );
  });

  test('adds each block’s own residual, also in the form of the paper', async () => {
    for (const form of ['released', 'paper'] as const) {
      const { decisions } = await run({ select: 'blocks', form, threshold: 9 }, uneven);
      expect(new Set(decisions.flatMap(({ form: cached }) => cached ?? []))).toStrictEqual(
        new Set(['residual']),
      );
    }
  });

  test('after an indicator that cannot be read, every block is compared anew', async () => {
    const broken = uneven.map((row, step) => (step === 5 ? [1, Number.NaN, 8] : row));
    // 5: block 2 was still reused before block 1 … all are computed at 6; 7 compares block 1 with 6.
    const done = rows(await run({ select: 'blocks' }, broken), 3);
    expect(done.slice(0, 5)).toStrictEqual(['111', '111', '111', '011', '011']);
    expect(done[6]).toBe('111');
  });

  test('has every block measured', () => {
    expect(() => bwcache({ select: 'blocks', blocks: '50%' })).toThrow(
      'blocks: with select=blocks every block is measured: expected 100%, got 50%',
    );
  });
});

describe('ids', () => {
  test.each([
    [{}, 'bwcache(threshold=0.15,interval=10%)'],
    [{ select: 'blocks', rearm: 'yes' }, 'bwcache(threshold=0.15,interval=10%,select=blocks,rearm=yes)'],
    [{ low: 'none', high: 'none' }, 'bwcache(threshold=0.15,interval=10%)'],
    [{ stop: 'threshold' }, 'bwcache(threshold=0.15,interval=10%,stop=threshold)'],
    [{ stop: 1.5, low: 100, high: 900 }, 'bwcache(threshold=0.15,interval=10%,stop=1.5,low=100,high=900)'],
  ] as const)('%o is %s', (options, id) => {
    expect(bwcache(options).id).toBe(id);
    expect(parsePolicy(id).id).toBe(id);
  });

  test.each([
    ['bwcache(stop=0.5)', 'stop: expected never, threshold, or a number of at least 1, got 0.5'],
    ['bwcache(low=9,high=9)', 'low: expected low < high, got 9 and 9'],
    ['bwcache(high=Infinity)', 'high: expected none, or a number, got "Infinity"'],
    ['bwcache(blocks=0)', 'blocks: expected an integer of at least 1, or a share of the blocks'],
  ])('%s is refused', (id, message) => {
    expect(() => parsePolicy(id)).toThrow(message);
  });
});
