import {
  budget,
  bwcache,
  fbcache,
  fora,
  fromBlocks,
  limit,
  magcache,
  masked,
  refrain,
  teacache,
  within,
  type Decision,
  type Policy,
  type Reason,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { runAll, runOnModulated } from '../toy.ts';
import { maskOf, shapeOf, walkPurely, type Walked } from './walk-purely.ts';

/** Reuses while the value of the step is below the threshold, and nothing is older than it may be. */
function belowThreshold(
  values: readonly number[],
  bounds: { readonly warmUp?: number; readonly tail?: number; readonly maxAge?: number } = {},
  threshold = 0.1,
): Policy {
  const { warmUp = 1, tail = 0, maxAge } = bounds;
  return {
    id: `below(threshold=${threshold})`,
    granularity: 'step',
    needs: { history: 1 },
    limits: () => ({ warmUp, tail, ...(maxAge !== undefined && { maxAge }) }),
    threshold,
    withThreshold: (other) => belowThreshold(values, bounds, other),
    init: ({ steps }) => ({ steps, computed: -1 }),
    next(state, { step }): Decision {
      const { steps, computed } = state as { steps: number; computed: number };
      const value = values[step] ?? 0;
      const why: Reason = {
        kind: value < threshold ? 'below-threshold' : 'above-threshold',
        value,
        threshold,
      };
      const open = step >= warmUp && step < steps - tail && step - computed <= (maxAge ?? Infinity);
      if (open && value < threshold) return { do: 'reuse', until: 2, form: 'residual', weights: [1], why };
      return { do: 'compute', until: 2, keep: [{ from: 0, until: 2, form: 'residual' }], measure: [], why };
    },
    observe: (state, seen) =>
      seen.did === 'computed' ? { ...(state as object), computed: seen.step } : state,
  };
}

const traces = fc.integer({ min: 4, max: 60 }).chain((steps) =>
  fc.record({
    steps: fc.constant(steps),
    values: fc.array(
      fc.oneof(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1e-4, noNaN: true }),
        fc.constantFrom(0, 1e3),
      ),
      { minLength: steps, maxLength: steps },
    ),
    warmUp: fc.integer({ min: 1, max: 5 }),
    tail: fc.integer({ min: 0, max: 3 }),
    maxAge: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    threshold: fc.oneof(fc.constantFrom(0, 1e9), fc.double({ min: 1e-4, max: 2, noNaN: true })),
  }),
);

interface Trace {
  readonly steps: number;
  readonly values: readonly number[];
  readonly warmUp: number;
  readonly tail: number;
  readonly maxAge: number | undefined;
  readonly threshold: number;
}

function policyOf({ values, warmUp, tail, maxAge, threshold }: Trace): Policy {
  return belowThreshold(values, { warmUp, tail, ...(maxAge !== undefined && { maxAge }) }, threshold);
}

const reused = (walked: readonly Walked[]): readonly Walked[] =>
  walked.filter(({ seen }) => seen.did === 'reused');

/** How many steps can be reused at most: greedily, up to the age limit. */
function most({ steps, warmUp, tail, maxAge = Infinity }: Trace): number {
  let [count, computed] = [0, warmUp - 1];
  for (let step = warmUp; step < steps - tail; step++)
    if (step - computed <= maxAge) count += 1;
    else computed = step;
  return count;
}

describe('budget of a speed-up', () => {
  test('finds kept what a raised threshold reuses, also of a policy that keeps by its ratios', async () => {
    // Under its own threshold MagCache would reuse nothing, and so need to keep nothing.
    const policy = budget(
      { speedup: 1.01 },
      masked(
        { mask: '0', policy: 'dynamic' },
        magcache({ threshold: 0, ratios: [[0.5]], maxSkip: 1, retention: 0 }),
      ),
    );
    const steps = Array.from({ length: 12 }, (_, step) => [1 + step]);
    const report = await runOnModulated(policy, steps);
    expect(report.reuseRate).toBeGreaterThan(0);
    expect(report.decisions.filter(({ refused }) => refused !== undefined)).toEqual([]);
  });

  const speedups = fc.double({ min: 1.05, max: 6, noNaN: true });

  test('never reuses more than one pass too many', () => {
    fc.assert(
      fc.property(traces, speedups, (trace, speedup) => {
        const walked = walkPurely(budget({ speedup }, policyOf(trace)), shapeOf(trace.steps, 2));
        expect(reused(walked).length).toBeLessThan((1 - 1 / speedup) * trace.steps + 1);
      }),
      fuzz,
    );
  });

  test('also of a policy that reuses whatever its threshold is', () => {
    fc.assert(
      fc.property(traces, speedups, (trace, speedup) => {
        const stubborn = (threshold: number): Policy => ({
          ...policyOf({ ...trace, threshold: 1e9 }),
          threshold,
          withThreshold: stubborn,
        });
        const walked = walkPurely(budget({ speedup }, stubborn(1)), shapeOf(trace.steps, 2));
        expect(reused(walked).length).toBeLessThan((1 - 1 / speedup) * trace.steps + 1);
      }),
      fuzz,
    );
  });

  test('reaches it wherever the limits of the policy allow it', () => {
    const below = traces.map((trace) => ({
      ...trace,
      values: trace.values.map((value) => Math.min(value, 1e6)),
    }));
    fc.assert(
      fc.property(below, speedups, (trace, speedup) => {
        const walked = walkPurely(budget({ speedup }, policyOf(trace)), shapeOf(trace.steps, 2));
        const wanted = Math.ceil((1 - 1 / speedup) * trace.steps - 1e-9);
        expect(reused(walked).length).toBe(Math.min(wanted, most(trace)));
      }),
      fuzz,
    );
  });

  test('is deterministic, and prefers the steps that change little', () => {
    // In the second half of the run neighbouring steps differ a hundred times less.
    const values = Array.from({ length: 40 }, (_, step) => (step % 2 === 0 ? 0.3 : 0.03));
    const policy = budget({ speedup: 1.6 }, belowThreshold(values));
    const walked = walkPurely(policy, shapeOf(40, 2));
    expect(walkPurely(policy, shapeOf(40, 2))).toStrictEqual(walked);
    const odd = reused(walked).filter(({ at }) => at.step % 2 === 1).length;
    expect(odd / reused(walked).length).toBeGreaterThan(0.8);
  });

  test('says how far it is when it holds back', () => {
    const walked = walkPurely(budget({ speedup: 2 }, belowThreshold([], { maxAge: 3 })), shapeOf(10, 2));
    const held = walked.flatMap(({ decision }) => (decision.why.kind === 'target' ? [decision.why] : []));
    expect(held.length).toBeGreaterThan(0);
    for (const why of held) expect(why).toMatchObject({ target: 5 });
    expect(maskOf(walked)).toHaveLength(10);
  });

  test('tells before the run what cannot be reached', () => {
    const run = shapeOf(20, 2);
    const misfits = (policy: Policy): readonly string[] =>
      (policy.fit?.(run) ?? []).filter(({ code }) => code === 'other-steps').map(({ message }) => message);
    expect(misfits(budget({ speedup: 4 }, limit({ maxAge: 1 }, teacache())))).toStrictEqual([
      'a speed-up of 4 needs 15 of 20 passes from the cache, and the limits of ' +
        'limit(teacache(threshold=0.1),maxAge=1) allow 9: lower the target, or choose other limits',
    ]);
    expect(misfits(budget({ speedup: 1.5 }, limit({ maxAge: 1 }, teacache())))).toStrictEqual([]);
  });

  test.each<[string, Policy]>([
    ['teacache', teacache()],
    ['within', within({ from: 0.1, until: 0.95 }, teacache())],
    ['fbcache', fbcache()],
  ])('holds for %s through the executor, at any scale of its indicator', async (_, policy) => {
    for (const scale of [1e-4, 1e-2, 1]) {
      const blocks = Array.from({ length: 4 }, () => ({
        run: (x: unknown, step: number) =>
          (x as Float32Array).map((value) => value + 1 + scale * (0.2 + ((step * 7) % 5) / 5) * (step / 30)),
        modulated: (__: unknown, step: number) => Float32Array.of(1 + scale * ((step * 7) % 5)),
      }));
      const runner = fromBlocks<number, number>(blocks, {
        enter: (step) => ({ x: Float32Array.of(1), context: step }),
      });
      const timesteps = Array.from({ length: 30 }, (__, step) => 30 - step);
      const report = await runAll(
        refrain(runner, budget({ speedup: 2 }, policy)),
        { timesteps },
        (step) => step,
      );
      expect(report.warnings).toStrictEqual([]);
      expect(report.reuseRate).toBeGreaterThan(0.48);
      expect(report.reuseRate).toBeLessThan(0.55);
    }
  });

  test('holds for each branch of a policy that shares its state', () => {
    const shared: Policy = { ...belowThreshold(Array.from({ length: 20 }, () => 0.05)), shared: true };
    const sharing = (threshold: number): Policy => ({ ...shared, threshold, withThreshold: sharing });
    const policy = budget({ speedup: 2 }, sharing(0.1));
    expect(policy.shared).toBe(true);
    const run = { ...shapeOf(20, 2), branches: ['one', 'other'] };
    for (const branch of run.branches) expect(reused(walkPurely(policy, { ...run, branch })).length).toBe(10);
  });
});

describe('budget of a drift', () => {
  const drifts = fc.oneof(fc.double({ min: 1e-4, max: 8, noNaN: true }), fc.constantFrom(0.1, 0.5, 1));

  test('is never exceeded by what the policy says that its reuses change', () => {
    fc.assert(
      fc.property(traces, drifts, (trace, drift) => {
        const walked = walkPurely(budget({ drift }, policyOf(trace)), shapeOf(trace.steps, 2));
        const values = reused(walked).map(({ at }) => trace.values[at.step] ?? 0);
        expect(values.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(drift);
      }),
      fuzz,
    );
  });

  test('is used while there is something left of it', () => {
    const values = Array.from({ length: 40 }, () => 0.05);
    const spent = (drift: number): number =>
      reused(walkPurely(budget({ drift }, belowThreshold(values)), shapeOf(40, 2))).length * 0.05;
    expect(spent(0.5)).toBeCloseTo(0.5, 6);
    expect(spent(1)).toBeGreaterThan(0.8);
    expect(spent(100)).toBeCloseTo(39 * 0.05, 6);
  });

  test('lets nothing be reused of which it knows no value', () => {
    const silent = (threshold: number): Policy => ({
      ...fora({ interval: 4, cache: 'stack' }),
      threshold,
      withThreshold: silent,
    });
    const walked = walkPurely(budget({ drift: 1 }, silent(0.1)), shapeOf(8, 2));
    expect(maskOf(walked)).toBe('11111111');
    expect(walked[1]?.decision.why).toStrictEqual({ kind: 'no-indicator', because: 'no-reference' });
  });

  test('counts the accumulated change of TeaCache at each reuse', () => {
    const walked = walkPurely(budget({ drift: 0.31 }, teacache({ threshold: 10 })), shapeOf(12, 2), {
      ratio: () => 0.05,
    });
    // 0.05, 0.1 and 0.15 after one computed step; the next, 0.2, would be too much.
    const values = reused(walked).flatMap(({ decision }) =>
      decision.why.kind === 'below-threshold' ? [decision.why.value] : [],
    );
    expect(values.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(0.31);
    expect(values.length).toBeGreaterThan(2);
  });
});

test('a budget fits policies with a threshold that may be any number', () => {
  expect(() => budget({ speedup: 2 }, fora())).toThrow(/fora\(interval=3\): this policy has no threshold/);
  expect(() => budget({ speedup: 2 }, bwcache())).not.toThrow();
  const narrow = (threshold: number): Policy => {
    if (threshold > 1) throw new RangeError('at most 1');
    return { ...belowThreshold([]), threshold, withThreshold: narrow };
  };
  expect(() => budget({ speedup: 2 }, narrow(0.5))).toThrow(/all numbers from 0 to 1000000000/);
});
