import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eulerStep, flowMatchingEuler, flowMatchingSchedule } from '../src/index.ts';
import { codeOf, tensors } from './arbitraries.ts';

const options = fc.record({
  steps: fc.integer({ min: 2, max: 200 }),
  shift: fc.double({ min: 0.1, max: 20, noNaN: true }),
});

describe('flowMatchingSchedule', () => {
  test('gives the shifted times that the formula gives by hand', () => {
    // u = 1, 3/4, 1/2, 1/4, 0 with shift 3: 3u / (1 + 2u) = 1, 9/10, 3/4, 1/2, 0.
    const { times, timesteps } = flowMatchingSchedule({ steps: 4, shift: 3 });
    expect(times).toEqual([1, Math.fround(0.9), 0.75, 0.5, 0]);
    expect(timesteps).toEqual([1000, Math.fround(1000 * Math.fround(0.9)), 750, 500]);
  });

  test('runs from exactly 1 strictly down to exactly 0', () => {
    fc.assert(
      fc.property(options, ({ steps, shift }) => {
        const { times, timesteps } = flowMatchingSchedule({ steps, shift });
        expect([times.length, timesteps.length, times[0], times.at(-1)]).toEqual([steps + 1, steps, 1, 0]);
        expect(times.every((time, index) => index === 0 || time < (times[index - 1] ?? 0))).toBe(true);
      }),
    );
  });

  test('is evenly spaced without a shift', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), (steps) => {
        const even = Array.from({ length: steps + 1 }, (_, index) => Math.fround((steps - index) / steps));
        expect(flowMatchingSchedule({ steps }).times).toEqual(even);
      }),
    );
  });

  test('lies at more noise with a larger shift', () => {
    fc.assert(
      fc.property(options, fc.double({ min: 1, max: 5, noNaN: true }), ({ steps, shift }, factor) => {
        const smaller = flowMatchingSchedule({ steps, shift }).times;
        const larger = flowMatchingSchedule({ steps, shift: shift * factor }).times;
        expect(larger.every((time, index) => time >= (smaller[index] ?? Number.NaN))).toBe(true);
      }),
    );
  });

  test.each([
    [{ steps: 1 }, 'STEPS_TOO_FEW'],
    [{ steps: 0 }, 'STEPS_TOO_FEW'],
    [{ steps: -3 }, 'STEPS_TOO_FEW'],
    [{ steps: 2.5 }, 'OPTION_INVALID'],
    [{ steps: Number.NaN }, 'OPTION_INVALID'],
    [{ steps: Number.POSITIVE_INFINITY }, 'OPTION_INVALID'],
    [{ steps: 10, shift: 0 }, 'OPTION_INVALID'],
    [{ steps: 10, shift: -1 }, 'OPTION_INVALID'],
    [{ steps: 10, shift: Number.NaN }, 'OPTION_INVALID'],
    [{ steps: 10, shift: Number.POSITIVE_INFINITY }, 'OPTION_INVALID'],
  ])('refuses %o with %s', (wrong, code) => {
    expect(codeOf(() => flowMatchingSchedule(wrong))).toBe(code);
    expect(codeOf(() => flowMatchingEuler(wrong))).toBe(code);
  });
});

describe('eulerStep', () => {
  test('moves along the velocity for the duration', () => {
    const moved = eulerStep(new Float32Array([1, -2]), new Float32Array([4, 0.5]), 0.75, 0.5);
    expect(Array.from(moved)).toEqual([0, -2.125]);
  });

  test('leaves its inputs alone', () => {
    const [sample, velocity] = [new Float32Array([1]), new Float32Array([2])];
    eulerStep(sample, velocity, 1, 0);
    expect([sample[0], velocity[0]]).toEqual([1, 2]);
  });

  test('refuses tensors of two lengths and times that are not finite', () => {
    const [two, three] = [new Float32Array(2), new Float32Array(3)];
    expect(codeOf(() => eulerStep(two, three, 1, 0))).toBe('LENGTH_MISMATCH');
    expect(codeOf(() => eulerStep(two, two, Number.NaN, 0))).toBe('OPTION_INVALID');
    expect(codeOf(() => eulerStep(two, two, 1, Number.NEGATIVE_INFINITY))).toBe('OPTION_INVALID');
  });
});

describe('flowMatchingEuler', () => {
  test('recovers the clean sample from the true velocity of a straight line, in any number of steps', () => {
    fc.assert(
      fc.property(options, tensors(5), tensors(5), ({ steps, shift }, clean, noise) => {
        const sampler = flowMatchingEuler({ steps, shift });
        const velocity = noise.map((value, index) => value - (clean[index] ?? 0));
        const end = sampler.timesteps.reduce(
          (sample, _, step) => sampler.step(sample, velocity, step),
          noise,
        );
        // One float32 rounding of a value below 16 per step.
        const tolerance = (steps + 2) * 16 * 2 ** -24;
        end.forEach((value, index) => expect(Math.abs(value - (clean[index] ?? 0))).toBeLessThan(tolerance));
      }),
    );
  });

  test('refuses a step out of range and a prediction of another length', () => {
    const sampler = flowMatchingEuler({ steps: 3 });
    const sample = new Float32Array(2);
    for (const step of [-1, 3, 0.5, Number.NaN])
      expect(codeOf(() => sampler.step(sample, sample, step))).toBe('STEP_OUT_OF_RANGE');
    expect(codeOf(() => sampler.step(sample, new Float32Array(3), 0))).toBe('LENGTH_MISMATCH');
  });
});
