import {
  parsePolicy,
  refrain,
  smoothcache,
  smoothcacheCalibration,
  smoothcacheFrom,
  smoothcacheSchedule,
  type RunReport,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate, timestepsOf, type ToyModel, trackedRunner } from '../testing.ts';
import { fuzz } from '../seed.ts';
import { maskAt } from './guided.ts';
import { recordedCases } from './recorded-cases.ts';

describe('the schedule', () => {
  for (const { name, config, compute, rows } of recordedCases<RecordedSchedule>(
    'static-schedules.json',
    'smoothcache',
  ))
    test(`is the source's: ${name}`, () => {
      const { threshold, lookahead, schedule_length: steps } = config;
      expect(smoothcacheSchedule({ errors: rows, threshold, lookahead, steps })).toBe(compute);
      expect(smoothcacheSchedule({ errors: rows, threshold })).toBe(compute);
    });

  test.each([
    ['nothing within the threshold', [[1, 1, 1]], 0.5, '1111'],
    [
      'the farthest distance within it',
      [
        [0, 0, 0, 0],
        [0, 0, 0],
        [9, 0],
      ],
      0.5,
      '10011',
    ],
    ['an error that is the threshold', [[0.5, 9, 9]], 0.5, '1011'],
    ['a far error although a near one is larger', [[9, 9, 9], [0.1, 9], [9]], 0.5, '1001'],
    ['the last step, which is computed', [[0, 0]], 0.5, '101'],
    ['errors that are not numbers', [[Number.NaN, Number.NaN, 0]], 0.5, '1111'],
    ['no errors', [], 0.5, ''],
  ])('looks at %s', (_, errors, threshold, expected) => {
    expect(smoothcacheSchedule({ errors, threshold })).toBe(expected);
  });

  test('never reuses over more than the lookahead, nor at the ends, and a larger threshold begins no later', () => {
    const row = (length: number): fc.Arbitrary<number[]> =>
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: length, maxLength: length });
    const cases = fc
      .integer({ min: 4, max: 20 })
      .chain((steps) => fc.tuple(row(steps - 1), row(steps - 2), row(steps - 3)));
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), (errors, threshold) => {
        const schedule = smoothcacheSchedule({ errors, threshold });
        expect(schedule).toMatch(/^1(0{0,3}1)*$/);
        expect(schedule).toHaveLength((errors[0]?.length ?? 0) + 1);
        const first = (text: string): number => (text.includes('0') ? text.indexOf('0') : Infinity);
        expect(first(smoothcacheSchedule({ errors, threshold: threshold + 0.1 }))).toBeLessThanOrEqual(
          first(schedule),
        );
      }),
      fuzz,
    );
  });
});

describe('SmoothCache', () => {
  const model: Partial<ToyModel> = { blocks: 1, modules: ['self-attention', 'cross-attention', 'mlp'] };

  test('carries a schedule for each kind out, and computes after its end', async () => {
    const policy = smoothcache({ self: '1010', cross: '100', default: '1100101' });
    const { report } = await generate(trackedRunner({ model }), policy, { timesteps: timestepsOf(8) });
    expect([0, 1, 2].map((site) => maskAt(report, site))).toStrictEqual(['10101111', '10011111', '11001011']);
    expect(report.warnings.map(({ code }) => code)).toStrictEqual(['other-steps']);
  });

  test('says that it is not calibrated', async () => {
    const { report } = await generate(trackedRunner({ model }), smoothcache(), {
      timesteps: timestepsOf(8),
    });
    expect(report.reuseRate).toBe(0);
    expect(report.warnings.map(({ code }) => code)).toContain('uncalibrated');
  });

  test('has its schedules in its id', () => {
    const id = 'smoothcache(default=1100,cross=1000)';
    expect(parsePolicy(id).id).toBe(id);
    expect(() => smoothcache({ mlp: '0101' })).toThrow('digits 0 and 1 that start with 1');
  });
});

describe('the calibration', () => {
  /** One site of each kind whose value is the number that a table has for it and the step. */
  function tableModel(values: readonly (readonly number[])[]): Partial<ToyModel> {
    return {
      blocks: 2,
      modules: ['cross-attention', 'mlp'],
      width: () => 1,
      enter: () => 1,
      value: (_, site, { step, branch }) =>
        (branch === 'unconditional' ? 2 : 1) * (values[site]?.[step] ?? 0),
      gate: () => 1,
    };
  }

  async function calibrate(
    values: readonly (readonly number[])[],
    skip: readonly number[] = [],
  ): Promise<RunReport> {
    const steps = values[0]?.length ?? 0;
    const branches = ['conditional', 'unconditional'];
    const runner = trackedRunner({ model: tableModel(values) });
    const run = refrain(runner, smoothcacheCalibration()).start({ timesteps: timestepsOf(steps), branches });
    for (let step = 0; step < steps; step++)
      if (!skip.includes(step)) for (const branch of branches) await run.step(0, { step, branch });
    run.end();
    expect(runner.ledger.live).toBe(0);
    return run.report();
  }

  /** The same by hand: float32 ratios to the newer output, averaged over the sites of a kind. */
  function byHand(sites: readonly (readonly number[])[], threshold: number): string {
    const steps = sites[0]?.length ?? 0;
    const errors = [1, 2, 3].map((distance) =>
      Array.from({ length: steps - distance }, (_, step) => {
        const all = sites.map((site) => {
          const [older, newer] = [site[step] ?? 0, site[step + distance] ?? 0];
          return Math.fround(Math.fround(3 * Math.abs(newer - older)) / Math.fround(3 * Math.abs(newer)));
        });
        return all.reduce((sum, error) => sum + error, 0) / all.length;
      }),
    );
    return smoothcacheSchedule({ errors, threshold });
  }

  test('makes the schedules that the outputs give by hand', async () => {
    const site = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 9, maxLength: 9 });
    const cases = fc.tuple(site, site, site, site);
    await fc.assert(
      fc.asyncProperty(cases, fc.double({ min: 0, max: 2, noNaN: true }), async (values, threshold) => {
        const schedules = smoothcacheFrom(await calibrate(values), threshold);
        const [crossOne, mlpOne, crossTwo, mlpTwo] = values;
        expect(schedules).toStrictEqual({
          cross: byHand([crossOne, crossTwo], threshold),
          mlp: byHand([mlpOne, mlpTwo], threshold),
        });
        expect(smoothcache(schedules).id).toMatch(/^smoothcache\(/);
      }),
      fuzz,
    );
  });

  test('allows no reuse over steps that were left out', async () => {
    const flat = Array.from({ length: 4 }, () => [7, 7, 7, 7, 7, 7, 7, 7, 7]);
    expect(smoothcacheFrom(await calibrate(flat), 0.1)).toStrictEqual({
      cross: '100010001',
      mlp: '100010001',
    });
    // Without step 4 nothing is known of the way from it, or to it.
    expect(smoothcacheFrom(await calibrate(flat, [4]), 0.1).mlp).toBe('100011001');
  });

  test('allows no reuse where an output was zero or not finite', async () => {
    const report = await calibrate(Array.from({ length: 4 }, () => [0, 0, 0, Number.NaN, 0, 0]));
    expect(smoothcacheFrom(report, 0.5)).toStrictEqual({ cross: '111111', mlp: '111111' });
  });

  test('computes everything and leaves nothing behind', async () => {
    const { report } = await generate(
      trackedRunner({ model: tableModel([1, 2, 3, 4].map((site) => [site, 2, 3, 4])) }),
      smoothcacheCalibration({ lookahead: 2, stride: 2 }),
      { timesteps: timestepsOf(4) },
    );
    expect(report.mask).toStrictEqual({ conditional: '1111' });
    expect(report.warnings).toStrictEqual([]);
  });
});

interface RecordedSchedule {
  readonly name: string;
  readonly config: {
    readonly schedule_length: number;
    readonly threshold: number;
    readonly lookahead: number;
  };
  readonly compute: string;
  readonly rows: readonly (readonly number[])[];
}
