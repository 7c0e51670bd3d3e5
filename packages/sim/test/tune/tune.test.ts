import type { Policy } from '@refrain/core';
import {
  defaultDesign,
  evaluator,
  gridDesign,
  SimError,
  tune,
  type Design,
  type Evaluate,
  type PolicyOutcome,
  type TuneTarget,
} from '@refrain/sim';
import { parsePolicy } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordOpenLoop } from '../replay/open-loop.ts';
import { fuzz } from '../seed.ts';
import { smallCase } from '../sweep/small-case.ts';

/** Two families with a law each: speed grows with the threshold, drift faster; the second is worse. */
const design: Design = {
  families: ['teacache', 'fbcache'].map((name) => ({
    template: `${name}(threshold={threshold})`,
    parameters: { threshold: { from: 0.01, to: 1, scale: 'log' } },
  })),
};

const lawful: Evaluate = (policy: Policy): PolicyOutcome => {
  const threshold = policy.threshold ?? 0;
  const factor = policy.id.startsWith('teacache') ? 1 : 2;
  return {
    policy: policy.id,
    granularity: policy.granularity,
    recordings: 1,
    reuseRate: threshold / 2,
    seconds: 1 / (1 + 3 * threshold),
    plainSeconds: 1,
    speed: 1 + 3 * threshold,
    speedFrom: 'costs',
    drift: factor * threshold ** 2,
    worstDrift: 2 * factor * threshold ** 2,
    bytesHeld: Math.round(1000 * threshold),
  };
};

function errorOf(work: () => unknown): SimError {
  try {
    work();
  } catch (error) {
    if (error instanceof SimError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('tune', () => {
  test('reaches a speed with the least drift, at the border', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.1, max: 3.9, noNaN: true }), fc.nat(), (speedup, seed) => {
        const { outcome, best } = tune({ speedup }, { evaluate: lawful, design, seed });
        const ideal = (speedup - 1) / 3;
        expect(outcome.speed).toBeGreaterThanOrEqual(speedup);
        expect(parsePolicy(outcome.policy).threshold).toBeLessThan(ideal * 1.01 + 1e-4);
        expect(outcome.policy).toMatch(/^teacache/);
        expect(best.map(({ policy }) => policy.slice(0, 3))).toEqual(['tea', 'fbc']);
      }),
      { ...fuzz, numRuns: Math.ceil(fuzz.numRuns / 5) },
    );
  });

  test('reaches a drift with the greatest speed, of the mean or of the worst recording', () => {
    const mean = tune({ drift: 0.04 }, { evaluate: lawful, design });
    expect(parsePolicy(mean.policy).threshold).toBeCloseTo(0.2, 2);
    const worst = tune({ drift: 0.04 }, { evaluate: lawful, design, judgement: 'worst' });
    expect(parsePolicy(worst.policy).threshold).toBeCloseTo(Math.sqrt(0.02), 2);
  });

  test('keeps to bytes, and to several wishes at once', () => {
    expect(tune({ bytes: 300 }, { evaluate: lawful, design }).outcome).toMatchObject({ bytesHeld: 300 });
    const both = tune({ bytes: 300, drift: 0.01 }, { evaluate: lawful, design });
    expect(parsePolicy(both.policy).threshold).toBeCloseTo(0.1, 2);
  });

  test('does not depend on anything but its arguments', () => {
    const once = tune({ speedup: 2 }, { evaluate: lawful, design, seed: 3 });
    expect(tune({ speedup: 2 }, { evaluate: lawful, design, seed: 3 })).toEqual(once);
  });

  test('says what is reachable when a target is not', () => {
    const error = errorOf(() => tune({ speedup: 40 }, { evaluate: lawful, design }));
    expect(error.code).toBe('TARGET_UNREACHABLE');
    expect(error.message).toContain('teacache(threshold=1)');
    expect(error.message).toContain('a speed-up of 4');
  });

  test('says so when nothing can be replayed', () => {
    const evaluate: Evaluate = ({ id }) => ({
      policy: id,
      error: 'NOT_RECORDED',
      message: 'no taps',
      recordings: 1,
    });
    const error = errorOf(() => tune({ drift: 1 }, { evaluate, design }));
    expect(error.code).toBe('TARGET_UNREACHABLE');
    expect(error.message).toContain('no taps');
  });

  test.each<[TuneTarget]>([[{}], [{ speedup: 1 }], [{ drift: Number.NaN }], [{ speed: 2 } as TuneTarget]])(
    'refuses the target %j',
    (target) => {
      expect(errorOf(() => tune(target, { evaluate: lawful, design })).code).toBe('OPTION_INVALID');
    },
  );

  test('is at least as good as a fine grid on a recording', async () => {
    const recordings = [await recordOpenLoop({ ...smallCase, steps: 16, speed: 0.3 })];
    const evaluate = evaluator(recordings);
    const families = defaultDesign(recordings);
    const { outcome, search } = tune({ speedup: 1.5 }, { evaluate, design: families });
    const grid = gridDesign(families, 12).map((id) => evaluate(parsePolicy(id)));
    const drifts = grid.flatMap((one) => ('error' in one || one.speed < 1.5 ? [] : [one.drift ?? Infinity]));
    expect(outcome.drift).toBeLessThanOrEqual(Math.min(...drifts) * 1.05);
    expect(search.tried).toBeGreaterThan(search.refined);
  });
});
