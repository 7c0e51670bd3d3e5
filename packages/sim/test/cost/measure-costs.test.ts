import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBlocks, RunnerError, type Float32Feature, type PassInfo } from '@refrain/core';
import { measureCosts, SimError, type MeasureProgress } from '../../src/index.ts';
import { fuzz } from '../seed.ts';
import { innerSites, toyRunner, type ToyCosts } from './toy-runner.ts';

const at: PassInfo = { step: 3, call: 0, branch: 'conditional', timestep: 500 };

const costs: ToyCosts = {
  enter: 20,
  exit: 10,
  value: [90, 40, 190, 80],
  apply: [10, 10, 10, 20],
  launch: 0,
  tap: 0,
  sketchTap: 0,
  combine: 6,
  subtract: 5,
  finite: 2,
  compare: 3,
  sketch: 1,
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('measureCosts', () => {
  test('finds what a runner costs', async () => {
    const { runner, clock } = toyRunner(costs, { sites: innerSites(2) });
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now });
    expect(found.source).toBe('measured toy (median of 5)');
    expect(found.frame).toBeCloseTo(0.03, 10);
    expect(found.whole.map((seconds) => Math.round(seconds * 1000))).toEqual([100, 50, 200, 100]);
    expect(found.value.map((seconds) => Math.round(seconds * 1000))).toEqual([90, 40, 190, 80]);
    expect(found.stretch).toBeCloseTo(0, 10);
    expect(found.reuse).toBeCloseTo(0.006, 10);
    expect(found.keep).toBeCloseTo(0.007, 10);
    expect(found.indicator).toBeCloseTo(0.003, 10);
    expect(found.sketchedIndicator).toBeCloseTo(0.004, 10);
  });

  test('shares of single sites add up to the whole stack', async () => {
    const { runner, clock } = toyRunner({ ...costs, launch: 40 }, { sites: innerSites(2) });
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now, rounds: 2 });
    // 450 in all blocks, and one launch.
    expect(sum(found.whole)).toBeCloseTo(0.49, 10);
    // Each site was measured with a launch: 140, 90, 240, 140 of 610.
    expect(found.whole[0]).toBeCloseTo((0.49 * 140) / 610, 10);
    // Giving all values in one span saves just what they take.
    expect(found.value[0]).toBeCloseTo(0.09, 10);
    // Two pieces tell nothing about what more of them would cost.
    expect(found.stretch).toBe(0);
  });

  test('splitting has a price of its own, which pays for passes that compute and reuse in turn', async () => {
    const { runner, clock } = toyRunner({ ...costs, launch: 40 });
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now, rounds: 2 });
    // Two passes of two stretches each are launched four times. One launch is in the sites that they share.
    expect(2 * found.stretch).toBeCloseTo(0.12, 10);
  });

  test('knows what low frequencies cost, where the runner can take them', async () => {
    const plain = await measureCosts(toyRunner(costs).runner, { input: undefined, at, rounds: 1 });
    expect(plain.lowPass).toBe(undefined);
    const { runner, clock } = toyRunner(costs);
    const latent = (): Float32Feature => Float32Array.of(1, 2, 3, 4);
    const filtering = {
      ...runner,
      model: { sample: latent, feature: latent, output: () => undefined },
      ops: { ...runner.ops, dispose: () => {}, lowPass: () => (clock.spend(11), latent()) },
    };
    const found = await measureCosts(filtering, { input: undefined, at, now: clock.now });
    expect(found.lowPass).toBeCloseTo(0.011, 10);
  });

  test('knows what a value costs that is handed out for the cache, with a look whether it is finite', async () => {
    const { runner, clock } = toyRunner({ ...costs, tap: 7 }, { sites: innerSites(2) });
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now });
    expect(found.handOut).toBeCloseTo(0.009, 10);
  });

  test('counts what handing a feature out costs as part of the indicator', async () => {
    const { runner, clock } = toyRunner({ ...costs, tap: 7, sketchTap: 2 }, { sites: innerSites(2) });
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now });
    expect(found.indicator).toBeCloseTo(0.01, 10);
    expect(found.sketchedIndicator).toBeCloseTo(0.011, 10);
  });

  test('lets a runner sketch that can', async () => {
    const toy = toyRunner({ ...costs, tap: 7, sketchTap: 2 }, { sites: innerSites(2), sketches: true });
    const found = await measureCosts(toy.runner, { input: undefined, at, now: toy.clock.now });
    // 2 for the tap and 3 for the comparison; nothing is sketched after it.
    expect(found.sketchedIndicator).toBeCloseTo(0.005, 10);
  });

  test('knows only whole blocks where a runner has no inner sites', async () => {
    const { runner, clock } = toyRunner(costs);
    const found = await measureCosts(runner, { input: undefined, at, now: clock.now });
    expect(found.whole.map((seconds) => Math.round(seconds * 1000))).toEqual([100, 50, 200, 100]);
    expect(found.value).toEqual([0, 0, 0, 0]);
  });

  test('the first round does not count, and a slow round does not move the median', async () => {
    const passesOfRound = 13;
    const slow = (round: number) => (pass: number) => (Math.ceil(pass / passesOfRound) === round ? 5000 : 0);
    const quiet = toyRunner(costs, { sites: innerSites(2) });
    const expected = await measureCosts(quiet.runner, { input: undefined, at, now: quiet.clock.now });
    expect(quiet.passes.entered).toBe(6 * passesOfRound);
    for (const round of [1, 3]) {
      const { runner, clock } = toyRunner(costs, { sites: innerSites(2), noise: slow(round) });
      const found = await measureCosts(runner, { input: undefined, at, now: clock.now });
      for (const key of ['frame', 'stretch', 'indicator', 'sketchedIndicator'] as const)
        expect(found[key], `${key} with round ${round} slow`).toBeCloseTo(expected[key], 9);
      expect(sum(found.whole)).toBeCloseTo(sum(expected.whole), 9);
    }
  });

  test('frees every feature once, and releases every pass', async () => {
    for (const sketches of [false, true]) {
      const toy = toyRunner(costs, { sites: innerSites(3), sketches });
      await measureCosts(toy.runner, { input: undefined, at, now: toy.clock.now, rounds: 1 });
      expect(toy.held()).toBe(0);
      expect(toy.twice()).toBe(0);
      expect(toy.passes.released).toBe(toy.passes.entered);
    }
  });

  test('frees everything when the runner fails, and lets its error through', async () => {
    const broken = new Error('device lost');
    // Passes 3 and 5 run no span: they take everything from the cache.
    for (const number of [1, 2, 4, 6, 9, 12, 13]) {
      const toy = toyRunner(costs, {
        sites: innerSites(2),
        onSpan: (pass) => {
          if (pass === number) throw broken;
        },
      });
      const measuring = measureCosts(toy.runner, { input: undefined, at, now: toy.clock.now });
      // A pass that the executor carried out says where it was.
      const error: unknown = await measuring.catch((thrown: unknown) => thrown);
      expect(error instanceof RunnerError ? error.cause : error).toBe(broken);
      expect(toy.held()).toBe(0);
      expect(toy.passes.released).toBe(toy.passes.entered);
    }
  });

  test('stops when aborted, with the reason of the signal', async () => {
    const controller = new AbortController();
    const toy = toyRunner(costs, {
      sites: innerSites(2),
      onSpan: (pass) => {
        if (pass === 8) controller.abort(new Error('enough'));
      },
    });
    const { signal } = controller;
    const measuring = measureCosts(toy.runner, { input: undefined, at, now: toy.clock.now, signal });
    await expect(measuring).rejects.toThrow('enough');
    expect(toy.passes.entered).toBe(8);
    expect(toy.held()).toBe(0);
  });

  test('tells how far it is', async () => {
    const { runner, clock } = toyRunner(costs, { sites: innerSites(2) });
    const seen: MeasureProgress[] = [];
    const onProgress = (progress: MeasureProgress): void => void seen.push(progress);
    await measureCosts(runner, { input: undefined, at, now: clock.now, rounds: 3, onProgress });
    expect(seen.map(({ done, total }) => `${done}/${total}`)).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(seen[0]?.secondsLeft).toBeCloseTo(3 * (seen[2]?.secondsLeft ?? 0), 9);
    expect(seen.at(-1)?.secondsLeft).toBe(0);
  });

  test.each([
    [{ rounds: 0 }, 'rounds'],
    [{ rounds: 1.5 }, 'rounds'],
    [{ stride: 0 }, 'stride'],
  ])('refuses %o', async (wrong, name) => {
    const { runner } = toyRunner(costs);
    const measuring = measureCosts(runner, { input: undefined, at, ...wrong });
    await expect(measuring).rejects.toThrow(SimError);
    await expect(measuring).rejects.toThrow(name);
  });

  test('takes runners made of functions, with the clock of the machine', async () => {
    const add = (x: Float32Feature): Float32Feature => (x as Float32Array).map((value) => value + 1);
    const runner = fromBlocks([add, add, add]);
    const found = await measureCosts(runner, { input: new Float32Array(64), at, rounds: 1 });
    expect(found.whole).toHaveLength(3);
    for (const seconds of [found.frame, found.reuse, found.keep, found.indicator, ...found.whole])
      expect(Number.isFinite(seconds)).toBe(true);
  });

  test('whatever a runner costs: nothing negative, and sites add up to the stack', async () => {
    const cost = fc.nat(1000);
    const positions = fc.array(fc.tuple(cost, cost), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(positions, cost, cost, async (given, launch, tap) => {
        const value = given.map(([own]) => own);
        const apply = given.map(([, own]) => own);
        const { runner, clock } = toyRunner({ ...costs, value, apply, launch, tap });
        const found = await measureCosts(runner, { input: undefined, at, now: clock.now, rounds: 1 });
        expect(sum(found.whole)).toBeCloseTo((launch + sum(value) + sum(apply)) / 1000, 9);
        const { source: _, whole, value: values, ...others } = found;
        for (const seconds of [...whole, ...values, ...Object.values(others)])
          expect(seconds).toBeGreaterThanOrEqual(0);
      }),
      { ...fuzz, numRuns: Math.min(50, fuzz.numRuns) },
    );
  });
});
