import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bwcacheSchedule,
  bwcacheSeconds,
  fitTrigger,
  meanReused,
  openSoraAblation,
  publishedCosts,
  SimError,
  triggerForReused,
} from '../../src/index.ts';
import { fuzz } from '../seed.ts';

const { steps, intervals, thresholds } = openSoraAblation;
const print = (reused: readonly boolean[]): string => reused.map((did) => (did ? '0' : '1')).join('');
const costsWith = (blockShare: number) => publishedCosts('open-sora-1.2', { blockShare });

describe('bwcacheSchedule', () => {
  // Worked out by hand: trigger at 8, three reused for one computed, ⌊8/2⌋ computed at the end.
  test('the schedule of the released rule', () => {
    const { reused, count, measured } = bwcacheSchedule({ steps: 30, interval: 3, trigger: 8 });
    expect(print(reused)).toBe('111111111000100010001000101111');
    expect(count).toBe(13);
    expect(measured).toBe(8);
  });

  test('a trigger at step 1 leaves no tail', () => {
    expect(print(bwcacheSchedule({ steps: 8, interval: 2, trigger: 1 }).reused)).toBe('11001001');
  });

  test('shares of the steps are rounded down, as the published intervals are', () => {
    const counts = ['5%', '10%', '20%', '25%'].map(
      (interval) => bwcacheSchedule({ steps, interval: interval as `${number}%`, trigger: 7 }).count,
    );
    expect(counts).toEqual(
      intervals.map(({ interval }) => bwcacheSchedule({ steps, interval, trigger: 7 }).count),
    );
  });

  test('a later trigger never reuses more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 60 }), fc.integer({ min: 1, max: 12 }), (length, interval) => {
        let before = Infinity;
        for (let trigger = 1; trigger < length; trigger++) {
          const { count } = bwcacheSchedule({ steps: length, interval, trigger });
          expect(count).toBeLessThanOrEqual(before);
          before = count;
        }
      }),
      { ...fuzz, numRuns: Math.min(15, fuzz.numRuns) },
    );
  });

  test.each([0, 30, 2.5, Number.NaN])('refuses trigger %d', (trigger) => {
    expect(() => bwcacheSchedule({ steps: 30, interval: 3, trigger })).toThrow(SimError);
  });
});

describe('the published R ablation', () => {
  // The two free parameters are the trigger step and the overhead; the share of the blocks is the paper's "more than 80 %".
  test.each([0.8, 0.85, 0.9, 0.93])(
    'is reproduced within 2 %% with %d of the time in blocks, all videos triggering at step 7',
    (share) => {
      const fit = fitTrigger(intervals, { steps, costs: costsWith(share), triggers: 'integer' });
      expect(fit.trigger).toBe(7);
      expect(fit.worst).toBeLessThan(0.02);
      for (const { interval, seconds, predicted } of fit.latencies) {
        const run = { steps, interval, trigger: 7 };
        expect(bwcacheSeconds(costsWith(share), run) + fit.overhead).toBeCloseTo(predicted, 9);
        expect(Math.abs(predicted / seconds - 1)).toBeLessThan(0.02);
      }
    },
  );

  test('if blocks were all of the time, it would need triggers that differ between videos', () => {
    const options = { steps, costs: costsWith(1) };
    const alike = fitTrigger(intervals, { ...options, triggers: 'integer' });
    expect(alike.worst).toBeGreaterThan(0.02);
    expect(alike.worst).toBeLessThan(0.024);
    const mixed = fitTrigger(intervals, { ...options, triggers: 'mixture' });
    expect(mixed.worst).toBeLessThan(0.02);
    expect(mixed.trigger).toBeGreaterThan(9);
    expect(mixed.trigger).toBeLessThan(10);
  });

  test('the fit is the best there is, by looking everywhere', () => {
    const costs = costsWith(0.9);
    const { worst } = fitTrigger(intervals, { steps, costs, triggers: 'mixture' });
    for (let trigger = 5; trigger <= 11; trigger += 0.5) {
      const seconds = intervals.map(({ interval }) => bwcacheSeconds(costs, { steps, interval, trigger }));
      for (let overhead = 0; overhead <= 6; overhead += 0.25) {
        const errors = intervals.map((point, index) =>
          Math.abs(((seconds[index] ?? 0) + overhead) / point.seconds - 1),
        );
        expect(Math.max(...errors)).toBeGreaterThan(worst - 1e-9);
      }
    }
  });

  test('its trigger does not give the published reuse rate', () => {
    const [first] = thresholds;
    expect(first).toEqual({ threshold: 0.15, reuseRate: 0.4138 });
    // 41.38 % are 12 of the 29 pairs of steps: the trigger is then step 9, and 15 of 30 at step 7.
    expect(meanReused({ steps, interval: 3, trigger: 9 })).toBe(12);
    expect(12 / 29).toBeCloseTo(0.4138, 4);
    expect(meanReused({ steps, interval: 3, trigger: 7 })).toBe(15);
    const given = fitTrigger(intervals, { steps, costs: costsWith(0.8), triggers: 9 });
    expect(given.worst).toBeGreaterThan(0.09);
  });

  test('refuses nothing to fit', () => {
    expect(() => fitTrigger([], { steps, costs: costsWith(0.9), triggers: 'integer' })).toThrow(SimError);
    expect(() => fitTrigger(intervals, { steps: 2, costs: costsWith(0.9), triggers: 'integer' })).toThrow(
      SimError,
    );
  });
});

describe('fitTrigger', () => {
  test('finds what latencies were made with', () => {
    const costs = costsWith(0.9);
    const made = fc.record({
      trigger: fc.integer({ min: 2, max: 12 }),
      share: fc.constantFrom(0, 0.25, 0.5),
      overhead: fc.double({ min: 0, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(made, ({ trigger, share, overhead }) => {
        const latencies = [1, 2, 3, 4, 5, 6, 7].map((interval) => ({
          interval,
          seconds: bwcacheSeconds(costs, { steps, interval, trigger: trigger + share }) + overhead,
        }));
        const { worst } = fitTrigger(latencies, { steps, costs, triggers: 'mixture' });
        expect(worst).toBeLessThan(1e-6);
      }),
      { ...fuzz, numRuns: Math.min(4, fuzz.numRuns) },
    );
  });
});

describe('triggerForReused', () => {
  test('goes back from reused steps to the trigger', () => {
    expect(triggerForReused({ steps, interval: 3, reused: 12 })).toBe(9);
    expect(triggerForReused({ steps, interval: 3, reused: 12.5 })).toBe(8.5);
    expect(triggerForReused({ steps, interval: 3, reused: 21 })).toBe(1);
    expect(triggerForReused({ steps, interval: 3, reused: 22 })).toBeUndefined();
  });

  test('is the inverse of meanReused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 1, max: 28, noNaN: true }),
        (interval, trigger) => {
          const reused = meanReused({ steps, interval, trigger });
          const found = triggerForReused({ steps, interval, reused });
          expect(found).toBeDefined();
          expect(meanReused({ steps, interval, trigger: found ?? 1 })).toBeCloseTo(reused, 6);
        },
      ),
      { ...fuzz, numRuns: Math.min(30, fuzz.numRuns) },
    );
  });
});
