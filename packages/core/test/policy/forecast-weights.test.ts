import {
  dmdWeights,
  focaAfterComputed,
  focaAfterForecast,
  focaWeights,
  noFoca,
  taylorWeights,
  uniformSteps,
  type Matrix,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { eigen } from './eigen.ts';

/** Descending steps with gaps, newest first. */
const histories = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 })
  .map((gaps) => gaps.map((_, index) => gaps.slice(index).reduce((sum, gap) => sum + gap, 0)));

const sum = (weights: readonly number[]): number => weights.reduce((all, weight) => all + weight, 0);

function forecastOf(weights: readonly number[], values: readonly number[]): number {
  return weights.reduce((all, weight, index) => all + weight * (values[index] ?? Number.NaN), 0);
}

describe('Taylor forecasts', () => {
  test.each([
    [0, [4, 2, 1], 5, [1]],
    [1, [4], 5, [1]],
    [1, [4, 2], 5, [1.5, -0.5]],
    [1, [4, 2, 1], 6, [2, -1]],
    // f' = (f4 − f2)/2, f″ = (f' − (f2 − f1)/1)/2; two steps ahead: f + 2f' + 2f″.
    [2, [4, 2, 1], 6, [2.5, -2.5, 1]],
  ])('of order %i from steps %j to %i weigh %j', (order, steps, at, weights) => {
    expect(taylorWeights(steps, at, { order, start: 0, lag: 1 })).toStrictEqual(weights);
  });

  test('take no derivative before the first step that may have one', () => {
    const rule = { order: 2, lag: 1 } as const;
    expect(taylorWeights([2, 1, 0], 3, { ...rule, start: 3 })).toStrictEqual([1]);
    expect(taylorWeights([2, 1, 0], 3, { ...rule, start: 2 })).toStrictEqual([2, -1]);
    expect(taylorWeights([3, 2, 1, 0], 4, { ...rule, start: 3 })).toStrictEqual([2, -1]);
    expect(taylorWeights([4, 3, 2, 1], 5, { ...rule, start: 3 })).toStrictEqual([2.5, -2, 0.5]);
  });

  test('may take differences with the value before the last, as cache-dit does behind DMD', () => {
    expect(taylorWeights([6, 3, 2, 1], 7, { order: 1, start: 3, lag: 2 })).toStrictEqual([4 / 3, 0, -1 / 3]);
  });

  test('sum to one, and continue a straight line exactly', () => {
    fc.assert(
      fc.property(
        histories,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1 as const, 2 as const),
        (steps, order, ahead, lag) => {
          const at = (steps[0] ?? 0) + ahead;
          const weights = taylorWeights(steps, at, { order, start: 0, lag });
          expect(weights.every(Number.isFinite)).toBe(true);
          expect(sum(weights)).toBeCloseTo(1, 9);
          if (lag === 2 || steps.length < 2) return;
          const line = (step: number): number => 3 - 2 * step;
          expect(forecastOf(weights, steps.map(line))).toBeCloseTo(line(at), 6);
        },
      ),
      fuzz,
    );
  });

  test('are empty without a value', () => {
    expect(taylorWeights([], 3, { order: 2, start: 0, lag: 1 })).toStrictEqual([]);
  });
});

describe("FoCa's forecasts", () => {
  test('use a single value as it is, again and again', () => {
    const one = focaAfterComputed(noFoca, 8);
    expect(focaWeights(one, 1)).toStrictEqual([1]);
    expect(focaAfterForecast(one, 1)).toStrictEqual(one);
  });

  test('continue a line of neighbouring steps', () => {
    let memory = focaAfterComputed(focaAfterComputed(noFoca, 8), 8);
    // y = x at 0 and 1.
    expect(forecastOf(focaWeights(memory, 1), [1, 0])).toBe(2);
    memory = focaAfterForecast(memory, 1);
    expect(forecastOf(focaWeights(memory, 2), [1, 0])).toBe(3);
  });

  test('are pulled back towards the value beyond three steps', () => {
    const memory = focaAfterComputed(focaAfterComputed(noFoca, 8), 8);
    expect(focaWeights(memory, 3)).toStrictEqual([4, -3]);
    expect(focaWeights(memory, 4)).toStrictEqual([3.25, -2.25]);
    expect(focaWeights(memory, 9)).toStrictEqual([2, -1]);
  });

  test('sum to one whatever is computed and forecast in turn, and reach no farther back than they may', () => {
    const deeds = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(deeds, fc.integer({ min: 2, max: 6 }), (reuses, depth) => {
        let memory = noFoca;
        for (const count of reuses) {
          memory = focaAfterComputed(memory, depth);
          for (let elapsed = 1; elapsed <= count; elapsed++) {
            const weights = focaWeights(memory, elapsed);
            expect(weights.length).toBeLessThanOrEqual(depth);
            expect(sum(weights)).toBeCloseTo(1, 6);
            memory = focaAfterForecast(memory, elapsed);
          }
        }
      }),
      fuzz,
    );
  });

  test('forget little when they reach less far back', () => {
    // One value in three is computed; with the usual 8 and with all values at hand the forecasts of a wave hardly differ.
    const forecasts = [8, 40].map((depth) => {
      let memory = noFoca;
      const values: number[] = [];
      const made: number[] = [];
      for (let step = 0; step < 40; step++)
        if (step % 3 === 0) {
          values.unshift(Math.sin(step / 8));
          memory = focaAfterComputed(memory, depth);
        } else {
          made.push(forecastOf(focaWeights(memory, step % 3), values));
          memory = focaAfterForecast(memory, step % 3);
        }
      return made;
    });
    forecasts[0]?.forEach((value, index) =>
      expect(Math.abs(value - (forecasts[1]?.[index] ?? 0))).toBeLessThan(0.01),
    );
  });
});

describe('dynamic mode decomposition', () => {
  const fit = { rank: 0, ridge: 1e-8, eigen };

  /** Values of a sum of exponentials and oscillations in a few dimensions. */
  const systems = fc.record({
    modes: fc.uniqueArray(
      fc.record({
        size: fc.double({ min: 0.5, max: 1.2, noNaN: true }),
        turn: fc.constantFrom(0, 0.4, 0.9),
      }),
      { minLength: 1, maxLength: 2, selector: ({ size }) => Math.round(size * 5) },
    ),
    spacing: fc.integer({ min: 1, max: 4 }),
  });

  function valueAt(modes: readonly { size: number; turn: number }[], time: number): readonly number[] {
    return modes.flatMap(({ size, turn }, index) => {
      const grown = (index + 1) * size ** time;
      return [grown * Math.cos(turn * time), grown * Math.sin(turn * time + 0.3)];
    });
  }

  const gram = (values: Matrix): Matrix =>
    values.map((one) =>
      values.map((other) => one.reduce((all, item, index) => all + item * (other[index] ?? 0), 0)),
    );

  test('continues exponentials and oscillations, also between whole spacings', () => {
    fc.assert(
      fc.property(systems, fc.integer({ min: 1, max: 6 }), ({ modes, spacing }, ahead) => {
        const values = [5, 4, 3, 2, 1, 0].map((index) => valueAt(modes, index));
        const horizon = ahead / spacing;
        const weights = dmdWeights(gram(values), horizon, fit);
        const expected = valueAt(modes, 5 + horizon);
        expected.forEach((item, index) =>
          expect(
            forecastOf(
              weights ?? [],
              values.map((value) => value[index] ?? 0),
            ),
          ).toBeCloseTo(item, 2),
        );
      }),
      fuzz,
    );
  });

  test('needs no eigenvalues for whole spacings, and gives the same with them', () => {
    const values = [3, 2, 1, 0].map((index) => valueAt([{ size: 0.9, turn: 0.5 }], index));
    const refusing = { ...fit, eigen: () => expect.unreachable() };
    const whole = dmdWeights(gram(values), 2, refusing);
    const near = dmdWeights(gram(values), 2 + 1e-12, fit);
    whole?.forEach((weight, index) => expect(near?.[index]).toBeCloseTo(weight, 6));
  });

  test('is scale-free, and gives up where there is nothing to fit', () => {
    const values = [[4.1], [3.7], [3.4], [3.2]];
    const weights = dmdWeights(gram(values), 1, { ...fit, ridge: 0 });
    const large = values.map((value) => value.map((item) => item * 2 ** 10));
    expect(dmdWeights(gram(large), 1, { ...fit, ridge: 0 })).toStrictEqual(weights);
    const nothing = [[0], [0], [0], [0]];
    expect(dmdWeights(gram(nothing), 1, fit)).toBe(undefined);
    expect(dmdWeights(gram([[Number.NaN], [1], [1], [1]]), 1, fit)).toBe(undefined);
    expect(dmdWeights(gram(values.slice(1)), 1, fit)).toBe(undefined);
  });

  test('looks at equally spaced values only', () => {
    expect(uniformSteps([9, 6, 3, 2, 1])).toStrictEqual([9, 6, 3]);
    expect(uniformSteps([4, 3, 2, 1])).toStrictEqual([4, 3, 2, 1]);
    expect(uniformSteps([4, 2])).toStrictEqual([4, 2]);
    expect(uniformSteps([4])).toStrictEqual([4]);
    expect(uniformSteps([])).toStrictEqual([]);
  });
});
