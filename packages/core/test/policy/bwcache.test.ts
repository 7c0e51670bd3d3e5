import { bwcache, type BwcacheOptions, type RunReport } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { generate, timestepsOf, type ToyModel, trackedRunner } from '../testing.ts';
import { runOnModulated } from '../toy.ts';

/** Modulated inputs whose relative change is 1 until step k, where it is 0, and 1 again later. */
function quietAt(k: number, steps: number): number[][] {
  let value = 1;
  return Array.from({ length: steps }, (_, step) => {
    if (step !== k) value *= 2;
    return [value];
  });
}

async function released(k: number, steps: number, options: Partial<BwcacheOptions> = {}): Promise<string> {
  const report = await runOnModulated(bwcache({ interval: 3, ...options }), quietAt(k, steps));
  return report.mask['conditional'] ?? '';
}

describe('the released form', () => {
  test('gives the schedule of the reference: T = 30, R = 3, k = 8', async () => {
    expect(await released(8, 30)).toBe('111111111000100010001000101111');
  });

  test('triggered at once has no tail, and still reuses (a tail of 0 steps is not one of all)', async () => {
    expect(await released(1, 14)).toBe('11000100010001');
  });

  test.each([
    [2, '11100010001001', 'the last ⌊2/2⌋ = 1 step is computed'],
    [3, '11110001000101', 'and of ⌊3/2⌋ = 1'],
    [6, '11111110001111', 'the last 3'],
    [12, '11111111111111', 'the tail leaves nothing'],
    [13, '11111111111111', 'the run is over'],
  ])('triggered at step %i of 14: %s', async (k, mask) => {
    expect(await released(k, 14)).toBe(mask);
  });

  test.each([
    [0, '11110001000100'],
    [0.99, '11110001000111'],
    [1, '11110001000101'],
    [5, '11110001011111'],
    [99, '11111111111111'],
  ])('with tail %d', async (tail, mask) => {
    expect(await released(3, 14, { tail })).toBe(mask);
  });

  test('triggers once: what comes later does not count', async () => {
    const noisy = quietAt(2, 12).map(([value = 0], step) => [
      step > 3 ? value * (step % 2 ? 100 : 0.01) : value,
    ]);
    const report = await runOnModulated(bwcache({ interval: 2, tail: 0 }), noisy);
    expect(report.mask).toStrictEqual({ conditional: '111001001001' });
    expect(report.decisions.filter(({ measured }) => measured).map(({ step }) => step)).toStrictEqual([
      0, 1, 2,
    ]);
  });

  test('cannot trigger at the first step, nor on a NaN', async () => {
    const flat = Array.from({ length: 6 }, (_, step) => [step === 2 ? Number.NaN : 1]);
    const report = await runOnModulated(bwcache({ threshold: 1e9, interval: 9, tail: 0 }), flat);
    expect(report.mask).toStrictEqual({ conditional: '110000' });
    const late = Array.from({ length: 6 }, (_, step) => [step === 1 ? Number.NaN : 1]);
    // Steps 1 and 2 cannot be compared; step 3 can.
    const other = await runOnModulated(bwcache({ threshold: 1e9, interval: 9, tail: 0 }), late);
    expect(other.mask).toStrictEqual({ conditional: '111100' });
  });

  test('compares strictly: a mean that equals the threshold does not trigger', async () => {
    const half = [[4], [6], [9], [13.5]];
    expect((await runOnModulated(bwcache({ threshold: 0.5, tail: 0 }), half)).reuseRate).toBe(0);
    expect(
      (await runOnModulated(bwcache({ threshold: 0.5000001, tail: 0 }), half)).reuseRate,
    ).toBeGreaterThan(0);
  });
});

describe('the mean', () => {
  // Changes of the four blocks at step 1: 0.4, 0, 0.2, 0.
  const traces = [
    [10, 10, 10, 10],
    [14, 10, 12, 10],
    [14, 10, 12, 10],
    [14, 10, 12, 10],
  ];

  async function firstReason(
    options: Partial<BwcacheOptions>,
  ): Promise<RunReport['decisions'][number]['why'] | undefined> {
    const report = await runOnModulated(bwcache({ threshold: 0, ...options }), traces);
    return report.decisions[2]?.why;
  }

  test.each([
    ['100%', 0.15],
    ['50%', 0], // ⌊(j + ½)·4/2⌋ = 1, 3
    ['25%', 0.2], // ⌊½·4⌋ = 2
    ['1%', 0.2],
    [3, 0.2], // 0, 2, 3
    [1, 0.2],
    [99, 0.15],
  ] as const)('over %s of the blocks is %d', async (blocks, mean) => {
    expect(await firstReason({ blocks })).toMatchObject({
      kind: 'above-threshold',
      value: expect.closeTo(mean, 6) as number,
    });
  });
});

describe('the form of the paper', () => {
  /** One block without a value: its output is the input. */
  const still: Partial<ToyModel> = {
    blocks: 1,
    width: () => 1,
    enter: (input) => input,
    value: () => 0,
    exit: (x) => x,
  };

  async function paper(
    inputs: readonly number[],
    options: Partial<BwcacheOptions> = {},
  ): ReturnType<typeof generate> {
    const policy = bwcache({ form: 'paper', interval: 2, tail: 0, ...options });
    return generate(
      trackedRunner({ model: still }),
      policy,
      { timesteps: timestepsOf(inputs.length) },
      ({ step }) => inputs[step] ?? 0,
    );
  }

  test('looks again at every computed step, against the computed one before it', async () => {
    //                step 0    1    2    3    4    5    6    7    8    9   10   11
    const inputs = [100, 101, 300, 900, 102, 300, 900, 301, 301, 301, 301, 301];
    const { report } = await paper(inputs);
    // 1: 1 % from 0, so two are reused. 4: 1 % from 1, though its neighbours are far: two more. 7: from 4 it is 195 %:
    // 8 is computed, 0 % from 7, and so on.
    expect(report.mask).toStrictEqual({ conditional: '110010011001' });
  });

  test('reuses nothing after a computed step that cannot be compared', async () => {
    const { report } = await paper([1, 0, 9, 5, 6, 7], { threshold: 1e9, interval: 1 });
    // 1 allows 2. 3 has nothing but zeros to be compared with, so 4 is computed; it allows 5.
    expect(report.mask).toStrictEqual({ conditional: '110110' });
  });

  test('reuses the output as it is, not a residual', async () => {
    const { outputs } = await paper([100, 101, 150, 160, 102]);
    expect(outputs).toStrictEqual([[100], [101], [101], [101], [102]]);
  });

  test('counts the tail from the first trigger', async () => {
    const inputs = Array.from({ length: 12 }, (_, step) => (step < 4 ? 2 ** step : 16));
    const { report } = await paper(inputs, { tail: 0.5 });
    // Step 5 is the first without a change: ⌊5/2⌋ = 2 steps at the end, although later steps trigger again.
    expect(report.mask).toStrictEqual({ conditional: '111111001011' });
  });

  test('is not sent astray by a reuse that was refused', async () => {
    const policy = bwcache({ form: 'paper', interval: 2, tail: 0 });
    const runner = trackedRunner({
      model: { ...still, value: (_, __, { step }) => (step === 1 ? Number.NaN : 0) },
    });
    const { report } = await generate(runner, policy, { timesteps: timestepsOf(9) }, () => 7);
    // Step 1 is NaN, so 1 and 2 cannot be compared; 3 can.
    expect(report.mask).toStrictEqual({ conditional: '111100100' });
  });
});
