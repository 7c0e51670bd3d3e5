import { describe, expect, test } from 'vitest';
import {
  ditModels,
  ditStream,
  publishedCosts,
  publishedLatencies,
  SimError,
  type PublishedModelName,
  type PublishedName,
} from '../../src/index.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const names = Object.keys(publishedLatencies) as PublishedName[];
const models = names.filter((name): name is PublishedModelName => name !== 'open-sora-plan-1.1');

describe('publishedLatencies', () => {
  const rows = names.flatMap((name) => {
    const { plain, cached } = publishedLatencies[name];
    return cached.flatMap(({ method, seconds, speedup }) =>
      seconds === undefined ? [] : ([[name, method, plain / seconds, speedup]] as const),
    );
  });

  // FasterCache's row of Open-Sora is the one that does not fit its own latency: 44.56 / 32.03 = 1.39, printed as 1.35.
  test.each(rows.filter(([, method]) => method !== 'FasterCache'))(
    '%s with %s: latency and speed-up agree',
    (_, __, ratio, speedup) => {
      expect(Math.abs(ratio / speedup - 1)).toBeLessThan(0.011);
    },
  );
});

describe('publishedCosts', () => {
  test.each(models)('%s: a generation takes its published latency', (name) => {
    const { steps, passesPerStep } = ditModels[name];
    for (const blockShare of [0.8, 0.9, 1]) {
      const costs = publishedCosts(name, { blockShare });
      expect(costs.whole).toHaveLength(ditStream(ditModels[name]).length);
      const stack = sum(costs.whole);
      const { plain } = publishedLatencies[name];
      expect(steps * passesPerStep * (costs.frame + stack)).toBeCloseTo(plain, 8);
      expect(stack / (costs.frame + stack)).toBeCloseTo(blockShare, 10);
    }
  });

  test('two passes a step cost half each', () => {
    const one = publishedCosts('open-sora-1.2');
    const two = publishedCosts('open-sora-1.2', { passesPerStep: 2 });
    expect(two.frame).toBeCloseTo(one.frame / 2, 12);
    expect(sum(two.whole)).toBeCloseTo(sum(one.whole) / 2, 12);
  });

  test.each([{ blockShare: 0 }, { blockShare: 1.01 }, { blockShare: Number.NaN }, { passesPerStep: 0 }])(
    'refuses %o',
    (options) => {
      expect(() => publishedCosts('latte', options)).toThrow(SimError);
    },
  );
});
