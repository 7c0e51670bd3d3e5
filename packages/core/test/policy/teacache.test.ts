import { teacache, type TeaCacheOptions } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { generate, linearModel, timestepsOf, trackedRunner } from '../testing.ts';
import { runOnModulated } from '../toy.ts';

async function maskOf(inputs: readonly number[], options: Partial<TeaCacheOptions>): Promise<string> {
  const report = await runOnModulated(
    teacache(options),
    inputs.map((input) => [input]),
  );
  return report.mask['conditional'] ?? '';
}

/** Each input is one and a half times the one before it: every change is exactly ½. */
const halves = Array.from({ length: 9 }, (_, step) => 256 * 1.5 ** step);

describe('TeaCache', () => {
  test.each([
    // Sums: ½ · 1 · 1½ …, and anew after every computed step.
    [0.5, '111111111'],
    [0.75, '101010101'],
    [1, '101010101'],
    [1.25, '100100101'],
    [1.5, '100100101'],
    [1.75, '100010001'],
    [99, '100000001'],
    [0, '111111111'],
  ])('sums up the changes while they stay below %d', async (threshold, mask) => {
    expect(await maskOf(halves, { threshold })).toBe(mask);
  });

  test('compares neighbouring steps, also when one of them was reused', async () => {
    // From 8 to 12 is ½, from 12 back to 8 is ⅓, together above 0.8. Against the computed step the second would be 0.
    expect(await maskOf([8, 12, 8, 12, 8, 12], { threshold: 0.8 })).toBe('101011');
  });

  test('rescales each change by the polynomial, highest power first', async () => {
    // ½² + 2·½ + 3 = 4¼; only the constant of the other order would be below 4.
    expect(await maskOf(halves, { threshold: 4.25, coefficients: [1, 2, 3] })).toBe('111111111');
    expect(await maskOf(halves, { threshold: 4.5, coefficients: [1, 2, 3] })).toBe('101010101');
  });

  test('lets a polynomial that falls below zero lower the sum, as the source does', async () => {
    // ½ − 1 = −½ at every step: the sum never reaches the threshold.
    expect(await maskOf(halves, { threshold: 0.1, coefficients: [1, -1] })).toBe('100000001');
  });

  test('starts the sum anew where a number is unusable', async () => {
    const broken = halves.map((value, step) => (step === 2 ? Number.NaN : value));
    // 1 is reused with ½; 2 and 3 have NaN on one side; 4 is reused with ½ alone, 5 reaches 1.
    expect(await maskOf(broken, { threshold: 1 })).toBe('101101011');
    expect(await maskOf(halves, { threshold: 1, coefficients: [1e308, 1e308, 1e308] })).toBe('111111111');
  });

  test('starts the sum anew after a reuse that was refused', async () => {
    // What step 0 computed is NaN and not kept, so the reuse at step 1 is refused.
    const model = {
      ...linearModel,
      blocks: 1,
      modulated: (x: number) => x,
      value: (_: number, __: number, { step }: { readonly step: number }) => (step === 0 ? Number.NaN : 1),
    };
    const options = { timesteps: timestepsOf(6) };
    const { report } = await generate(
      trackedRunner({ model }),
      teacache({ threshold: 1 }),
      options,
      ({ step }) => halves[step] ?? 0,
    );
    expect(report.mask).toStrictEqual({ conditional: '110101' });
  });

  test('computes the first and the last step, whatever the threshold', async () => {
    expect(await maskOf([1, 1], { threshold: 1e9 })).toBe('11');
    expect(await maskOf([1, 1, 1], { threshold: 1e9 })).toBe('101');
  });

  test('measures the first modulated input only, before anything is computed', async () => {
    const report = await runOnModulated(
      teacache({ threshold: 0.25 }),
      [1, 1, 1, 1].map((first, step) => [first, 1000 ** step]),
    );
    expect(report.mask).toStrictEqual({ conditional: '1001' });
    expect(report.decisions.slice(0, 3).map(({ did }) => did)).toStrictEqual([
      'measured',
      'computed',
      'measured',
    ]);
  });
});
