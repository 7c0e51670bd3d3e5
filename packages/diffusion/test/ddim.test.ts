import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cumulativeAlphas, ddim, ddimSchedule, ddimStep, type NoiseScheduleName } from '../src/index.ts';
import { codeOf, tensors } from './arbitraries.ts';

const names: readonly NoiseScheduleName[] = ['linear', 'scaled-linear', 'cosine'];
const options = fc
  .record({ trainSteps: fc.integer({ min: 2, max: 1000 }), schedule: fc.constantFrom(...names) })
  .chain((base) => fc.integer({ min: 2, max: base.trainSteps }).map((steps) => ({ ...base, steps })));

describe('cumulativeAlphas', () => {
  test('multiplies linear betas', () => {
    // betas 0.1, 0.2, 0.3: 0.9, 0.9 * 0.8, 0.9 * 0.8 * 0.7.
    const alphas = cumulativeAlphas({ trainSteps: 3, betaStart: 0.1, betaEnd: 0.3 });
    [0.9, 0.72, 0.504].forEach((expected, index) => expect(alphas[index]).toBeCloseTo(expected, 15));
  });

  test('takes scaled-linear betas from a line of square roots', () => {
    // Square roots 0.1, 0.2, 0.3: betas 0.01, 0.04, 0.09.
    const alphas = cumulativeAlphas({
      trainSteps: 3,
      betaStart: 0.01,
      betaEnd: 0.09,
      schedule: 'scaled-linear',
    });
    [0.99, 0.9504, 0.864864].forEach((expected, index) => expect(alphas[index]).toBeCloseTo(expected, 15));
  });

  test('follows the cosine up to the largest beta', () => {
    // The product telescopes: cos²(x (t + 0.008) / 1.008) over its value at t = 0, until beta reaches 0.999.
    const signal = (time: number): number => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    const alphas = cumulativeAlphas({ trainSteps: 10, schedule: 'cosine' });
    for (const index of [0, 4, 8])
      expect(alphas[index]).toBeCloseTo(signal((index + 1) / 10) / signal(0), 14);
    expect(alphas[9]).toBeCloseTo((signal(0.9) / signal(0)) * 0.001, 15);
  });

  test('has the known end of the default schedule', () => {
    // The product of 1 - beta for 1000 linear betas from 1e-4 to 0.02, computed with 50 decimal digits.
    expect(cumulativeAlphas().at(-1)).toBeCloseTo(4.0358297653756754e-5, 15);
  });

  test('falls strictly between 1 and 0', () => {
    fc.assert(
      fc.property(options, (given) => {
        const alphas = cumulativeAlphas(given);
        expect(alphas.length).toBe(given.trainSteps);
        expect(alphas.every((alpha, index) => alpha > 0 && alpha < (alphas[index - 1] ?? 1))).toBe(true);
      }),
    );
  });

  test.each([
    { trainSteps: 1 },
    { trainSteps: 10.5 },
    { betaStart: 0 },
    { betaStart: 0.5, betaEnd: 0.1 },
    { betaEnd: 1 },
    { betaEnd: Number.NaN },
    { schedule: 'quadratic' as NoiseScheduleName },
  ])('refuses %o', (wrong) => {
    expect(codeOf(() => cumulativeAlphas(wrong))).toBe('OPTION_INVALID');
  });
});

describe('ddimSchedule', () => {
  test('takes every n-th training timestep down to 0 and ends at a clean sample', () => {
    fc.assert(
      fc.property(options, (given) => {
        const { timesteps, cumulativeAlphas: levels } = ddimSchedule(given);
        const stride = Math.floor(given.trainSteps / given.steps);
        expect(timesteps).toEqual(
          Array.from({ length: given.steps }, (_, index) => index * stride).toReversed(),
        );
        const all = cumulativeAlphas(given);
        expect(levels).toEqual([...timesteps.map((timestep) => all[timestep]), 1]);
      }),
    );
  });

  test.each([
    [{ steps: 1 }, 'STEPS_TOO_FEW'],
    [{ steps: 2.5 }, 'OPTION_INVALID'],
    [{ steps: 1001 }, 'OPTION_INVALID'],
    [{ steps: 10, betaEnd: 2 }, 'OPTION_INVALID'],
  ])('refuses %o with %s', (wrong, code) => {
    expect(codeOf(() => ddimSchedule(wrong))).toBe(code);
    expect(codeOf(() => ddim(wrong))).toBe(code);
  });
});

describe('ddimStep', () => {
  test('gives the value computed by hand', () => {
    // x0 = (1 - sqrt(0.75) * 0.5) / 0.5 = 1.1339745962; next = 0.9 * x0 + sqrt(0.19) * 0.5 = 1.2385220845.
    const [next] = ddimStep(new Float32Array([1]), new Float32Array([0.5]), 0.25, 0.81);
    expect(next).toBe(Math.fround(0.9 * ((1 - Math.sqrt(0.75) * 0.5) / 0.5) + Math.sqrt(0.19) * 0.5));
    expect(next).toBeCloseTo(1.2385220845, 6);
  });

  test('stays where it is when the noise level stays', () => {
    fc.assert(
      fc.property(
        tensors(4),
        tensors(4),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (sample, epsilon, alpha) => {
          expect(
            ddimStep(sample, epsilon, alpha, alpha).every((value, index) => value === sample[index]),
          ).toBe(true);
        },
      ),
    );
  });

  test('refuses cumulative alphas out of range and tensors of two lengths', () => {
    const [two, three] = [new Float32Array(2), new Float32Array(3)];
    for (const [from, to] of [
      [0, 1],
      [1.1, 1],
      [0.5, -0.1],
      [0.5, 1.1],
      [Number.NaN, 1],
      [0.5, Number.NaN],
    ] as const)
      expect(codeOf(() => ddimStep(two, two, from, to))).toBe('OPTION_INVALID');
    expect(codeOf(() => ddimStep(two, three, 0.5, 1))).toBe('LENGTH_MISMATCH');
  });
});

describe('ddim', () => {
  test('recovers the clean sample from its true noise, for every schedule and number of steps', () => {
    fc.assert(
      fc.property(options, tensors(5), tensors(5), (given, clean, epsilon) => {
        const sampler = ddim(given);
        const first = ddimSchedule(given).cumulativeAlphas[0] ?? Number.NaN;
        const noisy = (value: number, index: number): number =>
          Math.sqrt(first) * value + Math.sqrt(1 - first) * (epsilon[index] ?? 0);
        const end = sampler.timesteps.reduce(
          (sample, _, step) => sampler.step(sample, epsilon, step),
          clean.map(noisy),
        );
        // Float32 rounding of values below 8, at every step, enlarged by the division by sqrt(alpha).
        const tolerance = ((given.steps + 2) * 8 * 2 ** -24) / Math.sqrt(first);
        end.forEach((value, index) => expect(Math.abs(value - (clean[index] ?? 0))).toBeLessThan(tolerance));
      }),
    );
  });

  test('refuses a step out of range', () => {
    const sampler = ddim({ steps: 3 });
    const sample = new Float32Array(2);
    for (const step of [-1, 3, 1.5])
      expect(codeOf(() => sampler.step(sample, sample, step))).toBe('STEP_OUT_OF_RANGE');
  });
});
