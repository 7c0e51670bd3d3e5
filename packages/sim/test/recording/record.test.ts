import { fromBlocks, relativeL1, type Float32Feature } from '@refrain/core';
import { record, replay, SimError, type Recording } from '@refrain/sim';
import { bwcache, cfgcache, dicache, fbcache, forecast, fora, magcache, teacache } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { openLoopRunner, recordOpenLoop } from '../replay/open-loop.ts';

const STEPS = 8;
const timesteps = Array.from({ length: STEPS }, (_, step) => 1 - step / STEPS);

/** Two blocks whose features depend on the time, element by element. */
const block = {
  modulated: (x: Float32Feature, time: number) =>
    (x as Float32Array).map((value, at) => value * (1 + time * at)),
  run: (x: Float32Feature, time: number) =>
    (x as Float32Array).map((value, at) => value + 0.1 * Math.sin(3 * time * (at + 1))),
};
const runner = fromBlocks([block, block], {
  name: 'waves',
  enter: (time: number) => ({
    x: Float32Array.from({ length: 12 }, (_, at) => 1 + at + time),
    context: time,
  }),
});

async function recorded(options: Parameters<typeof record>[1] = {}): Promise<Recording> {
  const run = record(runner, options).start({ timesteps });
  for (const [step, time] of timesteps.entries()) await run.step(time, { step });
  return run.recording();
}

/** The modulated input of the first block, and the stream behind it. */
function featuresAt(step: number): { readonly modulated: Float32Array; readonly output: Float32Array } {
  const time = timesteps[step] ?? 0;
  const x = Float32Array.from({ length: 12 }, (_, at) => 1 + at + time);
  return { modulated: block.modulated(x, time), output: block.run(x, time) };
}

function naive(current: Float32Array, reference: Float32Array, stride: number): number {
  let [numerator, denominator, count] = [0, 0, 0];
  for (let at = 0; at < current.length; at += stride) {
    numerator += Math.abs(Math.fround((current[at] ?? 0) - (reference[at] ?? 0)));
    denominator += Math.abs(reference[at] ?? 0);
    count += 1;
  }
  return relativeL1({ numerator, denominator, count });
}

function recordedChange(
  { taps, lanes, steps }: Recording,
  of: string,
  at: number,
  step: number,
  reference: number,
): number {
  const tap = taps.findIndex((one) => one.tap.of === of && 'at' in one.tap && one.tap.at === at);
  const { change, magnitude } = lanes[0] as Recording['lanes'][number];
  return (change[(tap * steps + step) * steps + reference] ?? 0) / (magnitude[tap * steps + reference] ?? 0);
}

describe('record', () => {
  test.each([1, 3, 5])('holds the relative L1 of every pair of steps, stride %i', async (stride) => {
    const recording = await recorded({ stride });
    for (let step = 1; step < STEPS; step++)
      for (let reference = 0; reference < step; reference++) {
        const [now, before] = [featuresAt(step), featuresAt(reference)];
        expect(recordedChange(recording, 'modulated', 0, step, reference)).toBeCloseTo(
          naive(now.modulated, before.modulated, stride),
          6,
        );
        expect(recordedChange(recording, 'stream', 1, step, reference)).toBeCloseTo(
          naive(now.output, before.output, stride),
          6,
        );
      }
  });

  test('tells the shape of the run and of the model', async () => {
    const recording = await recorded({ label: 'waves of all sizes', stride: 2 });
    expect(recording).toMatchObject({
      model: 'waves',
      label: 'waves of all sizes',
      steps: STEPS,
      timesteps,
      branches: ['conditional'],
      callsPerStep: 1,
      guidance: 1,
      bytesPerElement: 4,
      stride: 2,
      wholeModel: false,
    });
    expect(recording.stream.blocks.map(({ name }) => name)).toEqual(['blocks.0', 'blocks.1']);
    expect(recording.taps.every(({ elements }) => elements === 12)).toBe(true);
  });

  test('an unfinished run is no recording', async () => {
    const run = record(runner).start({ timesteps });
    await run.step(1, { step: 0 });
    expect(() => run.recording()).toThrow(expect.objectContaining({ code: 'RECORDING_INCOMPLETE' }));
    expect(() => run.recording()).toThrow(/all 8 steps of branch conditional, call 0, got 1/);
  });

  test('a run with NaN is no recording', async () => {
    const broken = fromBlocks([(x: Float32Feature) => (x as Float32Array).map(() => Number.NaN)]);
    const run = record(broken, { stride: 1 }).start({ timesteps: [1, 0.5] });
    for (const step of [0, 1]) await run.step(Float32Array.of(1, 2), { step });
    expect(() => run.recording()).toThrow(expect.objectContaining({ code: 'RECORDING_NOT_FINITE' }));
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a stride of %d', (stride) => {
    expect(() => record(runner, { stride })).toThrow(SimError);
  });

  test('records only the taps that it is told to', async () => {
    const recording = await recorded({ taps: [{ of: 'modulated', at: 0 }], stride: 1 });
    expect(recording.taps.map(({ tap }) => tap.of)).toEqual(['stream', 'modulated']);
    expect(() => replay(teacache(), recording)).not.toThrow();
    expect(() => replay(fbcache(), recording)).toThrow(expect.objectContaining({ code: 'NOT_RECORDED' }));
    expect(() => replay(fbcache(), recording)).toThrow(/residual 0 1.*record this run again/);
  });

  test('frees all that it held', async () => {
    const run = record(runner).start({ timesteps });
    for (const [step, time] of timesteps.entries()) await run.step(time, { step });
    expect(run.report().bytes.held).toBe(0);
  });
});

describe('replay', () => {
  const shape = {
    blocks: 3,
    modules: [],
    steps: 20,
    branches: ['conditional', 'unconditional'],
    callsPerStep: 1,
  } as const;

  test('adds up what costs say', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 3, speed: 0.02 });
    const costs = {
      source: 'made up',
      frame: 1,
      whole: [2, 3, 4],
      value: [0, 0, 0],
      stretch: 0.5,
      reuse: 0.25,
      keep: 0.125,
      indicator: 0.01,
      sketchedIndicator: 0.001,
    };
    const { mask, seconds, plainSeconds, speedup } = replay(
      fora({ interval: 2, cache: 'stack' }),
      recording,
      { costs },
    );
    const reused = Object.values(mask).join('').split('0').length - 1;
    const kept = replay(fora({ interval: 2, cache: 'stack' }), recording).decisions.filter(
      ({ keep }) => keep,
    ).length;
    expect(plainSeconds).toBe(40 * 10);
    expect(seconds).toBeCloseTo(40 * 1 + (40 - reused) * 9 + reused * 0.25 + kept * 0.125, 9);
    expect(speedup).toBeCloseTo((plainSeconds ?? 0) / (seconds ?? 1), 12);
  });

  test('says nothing about seconds without costs, and refuses those of another model', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 3, speed: 0.02 });
    expect(replay(teacache(), recording)).toMatchObject({ seconds: null, plainSeconds: null, speedup: null });
    const costs = {
      source: '',
      frame: 1,
      whole: [1],
      value: [0],
      stretch: 0,
      reuse: 0,
      keep: 0,
      indicator: 0,
      sketchedIndicator: 0,
    };
    expect(() => replay(teacache(), recording, { costs })).toThrow(
      expect.objectContaining({ code: 'RECORDING_MISMATCH' }),
    );
  });

  test('what is never reused does not drift, and what never changes neither', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 3, speed: 0.1 });
    expect(replay(teacache({ threshold: 0 }), recording).drift).toBe(0);
    const frozen = await recordOpenLoop({ ...shape, seed: 3, speed: 0 });
    const still = replay(fora({ interval: 4, cache: 'stack' }), frozen);
    expect(still.reuseRate).toBeGreaterThan(0.5);
    expect(still.drift).toBe(0);
  });

  test('the drift of a term of the other branch is not known', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 3, speed: 0.02 });
    const derived = replay(cfgcache({ start: '30%' }), recording);
    expect(derived.reuseRate).toBeGreaterThan(0);
    expect(derived.drift).toBeNull();
  });

  test('a forecast of what moves evenly drifts less than the newest value', async () => {
    const recording = await recordOpenLoop({ ...shape, steps: 30, seed: 3, speed: 0.01 });
    const plain = fora({ interval: 3, cache: 'stack' });
    const [reused, ahead] = [replay(plain, recording), replay(forecast({ order: 1 }, plain), recording)];
    expect(ahead.drift).toBeLessThan(reused.drift ?? 0);
  });

  test('misfits of a policy show as they do in a report', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 3, speed: 0.02 });
    expect(() => replay(magcache(), recording)).toThrow(expect.objectContaining({ code: 'POLICY_FIT' }));
    expect(replay(bwcache({ low: 2000, high: 3000 }), recording).reuseRate).toBe(0);
  });

  test('more drift for a longer interval, on any recording', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(0.02, 0.1), async (seed, speed) => {
        const recording = await recordOpenLoop({ ...shape, steps: 12, seed, speed });
        const drift = (interval: number): number =>
          replay(fora({ interval, cache: 'stack' }), recording).drift ?? Number.NaN;
        expect(drift(1)).toBe(0);
        expect(drift(2)).toBeGreaterThan(0);
      }),
      { ...fuzz, numRuns: 10 },
    );
  });

  test('a policy that needs what the model does not have is refused', async () => {
    const run = record(fromBlocks([(x: Float32Feature) => (x as Float32Array).slice()]), { stride: 1 }).start(
      {
        timesteps: [1, 0.5, 0.2],
      },
    );
    for (const step of [0, 1, 2]) await run.step(Float32Array.of(step + 1), { step });
    const recording = run.recording();
    expect(() => replay(teacache(), recording)).toThrow(expect.objectContaining({ code: 'POLICY_NEEDS' }));
    expect(replay(dicache({ threshold: 1e9 }), recording).mask['conditional']).toMatch(/^1/);
  });

  test('replays sketches of another size than the policy would take', async () => {
    const recording = await recordOpenLoop({ ...shape, seed: 5, speed: 0.02 });
    expect(replay(teacache({ stride: 2 }), recording).mask).toEqual(replay(teacache(), recording).mask);
    expect(openLoopRunner({ ...shape, seed: 5, speed: 0.02 }).sites).toHaveLength(3);
  });
});
