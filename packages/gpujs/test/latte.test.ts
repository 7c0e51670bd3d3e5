import {
  adacache,
  bwcache,
  dbcache,
  easycache,
  fora,
  forecast,
  never,
  pab,
  refrain,
  taylorseer,
  teacache,
  type Policy,
  type TapRequest,
} from '@refrain/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { latteRunner, type DeviceTensor, type LatteRunner } from '../src/index.ts';
import { largestDifference } from './latte-mini.ts';
import { referenceLatte } from './reference-latte.ts';
import { runs } from './seed.ts';
import { tiny, tinyConfig, tinyInput, tinyTensors, tinyWeights } from './tiny-latte.ts';

const somewhere = { step: 0, call: 0, branch: 'conditional', timestep: 500 };
const length = 5 * tiny.pairs;
const timesteps = [1000, 900, 780, 650, 500, 330, 150, 40];

describe.each(['cpu', 'webasm'] as const)('a small Latte in mode %s', (mode) => {
  let runner: LatteRunner;
  let resident = 0;
  beforeAll(async () => {
    runner = await latteRunner({ weights: tinyWeights(), config: tinyConfig, modes: [mode] });
    resident = runner.device.memory().bytes;
  });
  afterAll(async () => runner.dispose());

  /** Runs the whole stream in stretches that end at the given positions. */
  async function inStretches(ends: readonly number[]): Promise<Float32Array> {
    const pass = await runner.enter(tinyInput(), somewhere);
    let [x, from] = [pass.x, 0];
    for (const until of ends) {
      const next = await pass.span({ from, until, x, values: new Map(), taps: [] });
      x.dispose();
      [x, from] = [next.x, until];
    }
    const { data } = await pass.exit(x);
    x.dispose();
    pass.release?.();
    return data;
  }

  async function tapped(taps: readonly TapRequest[]): Promise<readonly Float32Array[]> {
    const pass = await runner.enter(tinyInput(), somewhere);
    const result = await pass.span({ from: 0, until: length, x: pass.x, values: new Map(), taps });
    const values = await Promise.all(result.taps.map((tap) => tap.read()));
    for (const tensor of [pass.x, result.x, ...result.taps]) tensor.dispose();
    pass.release?.();
    return values;
  }

  test.each([0, 12, 500, 1000])(
    'computes what the formulas say in float64, at timestep %s',
    async (timestep) => {
      const input = tinyInput(timestep, timestep);
      const { data } = await runner.plain(input);
      const expected = referenceLatte(tinyTensors(), { ...tiny }, input);
      const scale = Math.max(...expected.map(Math.abs));
      expect(largestDifference(data, expected) / scale).toBeLessThan(5e-6);
    },
  );

  test('any division of the stream gives the same bits', async () => {
    const { data: whole } = await runner.plain(tinyInput());
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: length - 1 })), async (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), length];
        expect(await inStretches(ends)).toEqual(whole);
      }),
      { numRuns: runs(8) },
    );
    expect(runner.device.memory().bytes).toBe(resident);
  });

  test('values that are given back give the same bits', async () => {
    const { data: whole } = await runner.plain(tinyInput());
    const requests = Array.from({ length }, (_, at) => ({ tap: { of: 'value', at } as const }));
    const pass = await runner.enter(tinyInput(), somewhere);
    const all = { from: 0, until: length, x: pass.x };
    const first = await pass.span({ ...all, values: new Map(), taps: requests });
    const values = new Map<number, DeviceTensor>(first.taps.map((value, at) => [at, value]));
    const second = await pass.span({ ...all, values, taps: [] });
    expect((await pass.exit(second.x)).data).toEqual(whole);
    for (const tensor of [pass.x, first.x, second.x, ...first.taps]) tensor.dispose();
    pass.release?.();
    expect(runner.device.memory().bytes).toBe(resident);
  });

  test('a sketch is every stride-th element of the tap', async () => {
    const taps = [
      { of: 'stream', at: 3 },
      { of: 'modulated', at: 4 },
      { of: 'value', at: 1 },
      { of: 'conditioning', name: 'timestep-embedding' },
    ] as const;
    const whole = await tapped(taps.map((tap) => ({ tap })));
    const sketched = await tapped(taps.map((tap) => ({ tap, stride: 7 })));
    for (const [index, values] of whole.entries())
      expect(sketched[index]).toEqual(values.filter((_, at) => at % 7 === 0));
  });

  test('a look gives what computing gives', async () => {
    const [modulated = new Float32Array(), embedding] = await tapped([
      { tap: { of: 'modulated', at: 3 } },
      { tap: { of: 'conditioning', name: 'timestep-embedding' } },
    ]);
    const pass = await runner.enter(tinyInput(), somewhere);
    const { x } = await pass.span({ from: 0, until: 3, x: pass.x, values: new Map(), taps: [] });
    const looked = await pass.look?.(3, x, [
      { tap: { of: 'modulated', at: 3 } },
      { tap: { of: 'conditioning', name: 'timestep-embedding' } },
    ]);
    expect(await looked?.[0]?.read()).toEqual(modulated);
    expect(await looked?.[1]?.read()).toEqual(embedding);
    for (const tensor of [pass.x, x, ...(looked ?? [])]) tensor.dispose();
    pass.release?.();
    expect(runner.device.memory().bytes).toBe(resident);
  });

  /** A guided generation under a policy: what each step gave, and the report. After each step the device holds what it says. */
  async function generate(policy: Policy) {
    const run = refrain(runner, policy).start({ timesteps, branches: ['conditional', 'unconditional'] });
    const outputs: Float32Array[] = [];
    let data = tinyInput().hidden_states.data;
    for (const [step, timestep] of timesteps.entries()) {
      const conditional = withSample(data, timestep, 7);
      const unconditional = withSample(data, timestep, 99);
      const { data: velocity } = await run.guided({ conditional, unconditional }, { step, scale: 3 });
      outputs.push(velocity);
      data = data.map((value, index) => value - (velocity[index] ?? Number.NaN) / (4 * timesteps.length));
      expect(runner.device.memory().bytes - resident).toBe(run.report().bytes.held);
    }
    return { outputs, report: run.report() };
  }

  function withSample(data: Float32Array, timestep: number, seed: number) {
    const input = tinyInput(timestep, seed);
    return { ...input, hidden_states: { data, dims: input.hidden_states.dims } };
  }

  test('a policy that never reuses gives the bits of the bare runner', async () => {
    const run = refrain(runner, never()).start({ timesteps });
    for (const [step, timestep] of timesteps.entries()) {
      const input = tinyInput(timestep, step);
      expect((await run.step(input, { step })).data).toEqual((await runner.plain(input)).data);
    }
    expect(run.report().reuseRate).toBe(0);
  });

  test.each<readonly [string, () => Policy]>([
    ['bwcache', () => bwcache({ threshold: 2 })],
    ['bwcache on sketches', () => bwcache({ threshold: 2, stride: 7, interval: 1 })],
    ['teacache', () => teacache({ threshold: 2 })],
    ['fora', () => fora({ interval: 2 })],
    ['pab', () => pab({ low: 0, high: 1000 })],
    ['easycache', () => easycache({ threshold: 5 })],
    ['dbcache', () => dbcache({ front: 1, back: 0, threshold: 2, warmUp: 1 })],
    ['taylorseer', () => taylorseer()],
    ['a forecast', () => forecast({ order: 1 }, fora({ interval: 3 }))],
    ['adacache', () => adacache()],
  ])(
    '%s reuses, its output differs from the plain one, and the device is left as it was',
    async (_, policy) => {
      const plain = await generate(never());
      const cached = await generate(policy());
      expect(cached.report.reuseRate).toBeGreaterThan(0);
      const last = cached.outputs.at(-1) ?? new Float32Array();
      expect(last.every(Number.isFinite)).toBe(true);
      expect(cached.outputs).not.toEqual(plain.outputs);
      expect(runner.device.memory().bytes).toBe(resident);
    },
  );

  test('a NaN in the latent is never taken for no change', async () => {
    const run = refrain(runner, teacache({ threshold: 100 })).start({ timesteps });
    for (const [step, timestep] of timesteps.entries()) {
      const input = tinyInput(timestep, 7);
      if (step === 4) input.hidden_states.data.fill(Number.NaN);
      await run.step(input, { step });
    }
    // The first and the last step are always computed; the fourth after the first is, because of the NaN, and so is the next,
    // whose reference is not finite either.
    expect(run.report().mask).toEqual({ conditional: '10001101' });
  });

  test('runs that take turns do not see each other', async () => {
    const alone = await generate(bwcache({ threshold: 2 }));
    const runsAtOnce = [0, 1].map(() => refrain(runner, bwcache({ threshold: 2 })).start({ timesteps }));
    const outputs: Float32Array[][] = [[], []];
    for (const [step, timestep] of timesteps.entries())
      for (const [index, run] of runsAtOnce.entries())
        outputs[index]?.push((await run.step(tinyInput(timestep, index === 0 ? 7 : step), { step })).data);
    const again = refrain(runner, bwcache({ threshold: 2 })).start({ timesteps });
    for (const [step, timestep] of timesteps.entries())
      expect((await again.step(tinyInput(timestep, 7), { step })).data).toEqual(outputs[0]?.[step]);
    expect((await generate(bwcache({ threshold: 2 }))).outputs).toEqual(alone.outputs);
  });

  test('20 generations under a policy hold no more than one', async () => {
    const after: unknown[] = [];
    for (let generation = 0; generation < 20; generation++) {
      await generate(bwcache({ threshold: 2 }));
      after.push({ ...runner.device.memory(), kernels: runner.device.kernels });
    }
    expect(new Set(after.map((memory) => JSON.stringify(memory))).size).toBe(1);
  });
});
