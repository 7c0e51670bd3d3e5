import fc from 'fast-check';

/**
 * What an indicator shows at a step: its ratio, whatever number that is, or why it has none: its reference is zero, or
 * of another shape, or missing.
 */
export type TraceValue = number | 'zero-reference' | 'shape-changed' | 'no-reference';

/** Ratios of an indicator, one a step. */
export type IndicatorTrace = readonly TraceValue[];

/** Numbers that break arithmetic, and the ways in which there may be none. */
const odd: fc.Arbitrary<TraceValue> = fc.constantFrom<TraceValue[]>(
  Number.NaN,
  Infinity,
  -Infinity,
  5e-324,
  1e-310,
  1e-46,
  1e39,
  1e300,
  0,
  'zero-reference',
  'shape-changed',
  'no-reference',
);

const usual = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Math.fround(value));
const around = fc.constantFrom(0, 0.01, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2);

/**
 * Traces of every kind that is met, and some that should not be: U-shaped (the usual course of a denoising run), flat,
 * monotone, spiky, zero, random, and any of these with NaN, ±Infinity, denormal or huge numbers in between.
 */
export function indicatorTraces(steps: number): fc.Arbitrary<IndicatorTrace> {
  const all = { minLength: steps, maxLength: steps };
  const place = fc.tuple(fc.nat(Math.max(0, steps - 1)), odd);
  const courses = fc.oneof(
    fc.array(around, all),
    fc.array(fc.oneof(usual, around), all),
    around.map((level) => Array.from({ length: steps }, () => level)),
    fc.tuple(usual, usual).map(([arm, floor]) => uShaped(steps, arm, floor)),
    fc.tuple(usual, fc.boolean()).map(([slope, falls]) => monotone(steps, slope, falls)),
    fc.tuple(around, fc.array(fc.nat(Math.max(0, steps - 1)), { maxLength: 3 })).map(spiky(steps)),
  );
  return fc.oneof(
    { weight: 2, arbitrary: courses },
    {
      weight: 1,
      arbitrary: fc.tuple(courses, fc.array(place, { minLength: 1, maxLength: 4 })).map(([trace, places]) => {
        const broken: TraceValue[] = [...trace];
        for (const [step, value] of places) broken[step] = value;
        return broken;
      }),
    },
  );
}

function uShaped(steps: number, arm: number, floor: number): readonly number[] {
  const middle = (steps - 1) / 2 || 1;
  return Array.from({ length: steps }, (_, step) => floor / 10 + arm * ((step - middle) / middle) ** 2);
}

function monotone(steps: number, slope: number, falls: boolean): readonly number[] {
  const rising = Array.from({ length: steps }, (_, step) => (slope * step) / steps);
  return falls ? rising.toReversed() : rising;
}

function spiky(steps: number): (drawn: readonly [number, readonly number[]]) => readonly number[] {
  return ([level, spikes]) =>
    Array.from({ length: steps }, (_, step) => (spikes.includes(step) ? 10 + level : level / 10));
}

/** All traces of so many steps over a few magnitudes, in order: `magnitudes.length ** steps` of them. */
export function* everyTrace(steps: number, magnitudes: readonly TraceValue[]): Generator<IndicatorTrace> {
  const count = magnitudes.length ** steps;
  for (let index = 0; index < count; index++) {
    const trace: TraceValue[] = [];
    for (let left = index, step = 0; step < steps; step++) {
      trace.push(magnitudes[left % magnitudes.length] as TraceValue);
      left = Math.floor(left / magnitudes.length);
    }
    yield trace;
  }
}
