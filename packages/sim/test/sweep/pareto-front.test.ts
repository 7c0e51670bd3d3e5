import { paretoFront, type SpeedAndDrift } from '@refrain/sim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';

/** As the definition says, in O(n²). */
function naiveFront<T extends SpeedAndDrift>(outcomes: readonly T[]): readonly T[] {
  const known = outcomes.filter(
    ({ speed, drift }) => !Number.isNaN(speed) && drift !== null && !Number.isNaN(drift),
  );
  const beats = (a: T, b: T): boolean => {
    const [first, second] = [a.drift ?? 0, b.drift ?? 0];
    return a.speed >= b.speed && first <= second && (a.speed > b.speed || first < second);
  };
  return known.filter((one) => !known.some((other) => beats(other, one)));
}

// Few different values make many ties.
const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double());
const outcomes = fc.array(fc.record({ speed: value, drift: fc.oneof(value, fc.constant(null)) }), {
  maxLength: 40,
});

describe('the front of speed against drift', () => {
  test('has what no other beats, as the definition says', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const front = paretoFront(all);
        expect(new Set(front)).toEqual(new Set(naiveFront(all)));
        expect(front).toHaveLength(naiveFront(all).length);
      }),
      fuzz,
    );
  });

  test('goes from fast to slow, and keeps equal ones in their order', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const front = paretoFront(all);
        for (const [index, one] of front.entries()) {
          const next = front[index + 1];
          if (!next) continue;
          expect(one.speed >= next.speed).toBe(true);
          if (one.speed === next.speed) expect(all.indexOf(one)).toBeLessThan(all.indexOf(next));
        }
      }),
      fuzz,
    );
  });

  test('leaves out what cannot be predicted', () => {
    expect(paretoFront([{ speed: 9, drift: null }])).toEqual([]);
  });
});
