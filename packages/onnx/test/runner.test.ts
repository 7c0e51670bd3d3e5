import type { Float32Tensor, RunnerTap, TapRequest } from '@refrain/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxRunner, type OnnxFeature, type OnnxRunner } from '../src/index.ts';
import { innerSites, latteInput, latteMini, length, runInSpans, somewhere, tapped } from './latte-mini.ts';
import { runs } from './seed.ts';

const input = latteInput();
const positions = Array.from({ length }, (_, at) => at);
const whole = (tap: RunnerTap): TapRequest => ({ tap });

let runner: OnnxRunner;
let plain: Float32Tensor;
beforeAll(async () => {
  // In this plan every feature is at hand; the others are compared with it in plans.test.ts.
  runner = await onnxRunner({ model: await latteMini(), plan: 'chain' });
  plain = await runner.plain(input);
});
afterAll(async () => runner.dispose());

describe('a pass in pieces', () => {
  test('equals the whole model bit by bit: one span, a span per block, a span per module', async () => {
    const blocks = runner.sites.filter(({ level }) => level === 'block').map(({ until }) => until);
    for (const ends of [[length], blocks, positions.map((at) => at + 1)])
      expect(await runInSpans(runner, input, ends)).toEqual(plain);
  });

  test('equals the whole model wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(positions.slice(1), { maxLength: 4 }), async (cuts) => {
        expect(await runInSpans(runner, input, [...cuts, length])).toEqual(plain);
      }),
      { numRuns: runs(5) },
    );
  });

  test('works for any batch size', async () => {
    const two = latteInput(2, 900, 11);
    expect(await runInSpans(runner, two, [7, length])).toEqual(await runner.plain(two));
  });

  test('may run beside another one, also on the first use of a span', async () => {
    const other = latteInput(1, 100, 3);
    const ends = [13, length];
    const [first, second] = await Promise.all([
      runInSpans(runner, input, ends),
      runInSpans(runner, other, ends),
    ]);
    expect(first).toEqual(plain);
    expect(second).toEqual(await runner.plain(other));
  });
});

describe('given values', () => {
  const withValues = async (sites: readonly number[]): Promise<Float32Tensor> => {
    const all = await tapped(
      runner,
      input,
      positions.map((at) => whole({ of: 'value', at })),
    );
    const values = new Map(sites.flatMap((at) => (all[at] ? [[at, all[at]] as const] : [])));
    const pass = await runner.enter(input, somewhere);
    const { x } = await pass.span({ from: 0, until: length, x: pass.x, values, taps: [] });
    return pass.exit(x);
  };

  test('that are the true ones give the true output: all of them, or all of a kind', async () => {
    expect(await withValues(positions)).toEqual(plain);
    const temporal = innerSites(runner).filter(({ kind }) => kind === 'temporal-attention');
    expect(await withValues(temporal.map(({ from }) => from))).toEqual(plain);
  });

  test('are applied with the current gate, not computed', async () => {
    const pass = await runner.enter(input, somewhere);
    const zero = {
      tensors: pass.x.tensors.map(({ data, dims }) => ({ data: new Float32Array(data.length), dims })),
    };
    const request = { from: 0, until: 1, x: pass.x, taps: [whole({ of: 'value', at: 0 })] };
    const result = await pass.span({ ...request, values: new Map([[0, zero]]) });
    expect(result.x).toEqual(pass.x);
    expect(result.taps[0]).toEqual(zero);
    expect(result.taps[0]?.tensors[0]?.data).not.toBe(zero.tensors[0]?.data);
  });
});

describe('taps', () => {
  test('of the stream are the streams that spans give', async () => {
    const [tap] = await tapped(runner, input, [whole({ of: 'stream', at: 8 })]);
    const pass = await runner.enter(input, somewhere);
    const { x } = await pass.span({ from: 0, until: 8, x: pass.x, values: new Map(), taps: [] });
    expect(tap).toEqual(x);
  });

  test('of modulated inputs can be looked at without computing the module', async () => {
    for (const at of [0, 3]) {
      const pass = await runner.enter(input, somewhere);
      const start =
        at === 0
          ? pass.x
          : (await pass.span({ from: 0, until: at, x: pass.x, values: new Map(), taps: [] })).x;
      const tap = whole({ of: 'modulated', at });
      const [seen] = (await pass.look?.(at, start, [tap])) ?? [];
      const { taps } = await pass.span({ from: at, until: length, x: start, values: new Map(), taps: [tap] });
      expect(seen).toEqual(taps[0]);
      expect(seen).not.toEqual(start);
    }
  });

  test('that are looked at first come along with entering, whole or sampled', async () => {
    const look: readonly TapRequest[] = [
      whole({ of: 'modulated', at: 0 }),
      { tap: { of: 'modulated', at: 0 }, stride: 61 },
      ...(runner.conditioning ?? []).map((name) => whole({ of: 'conditioning', name })),
    ];
    const pass = await runner.enter(input, { ...somewhere, look });
    expect(pass.looked).toEqual(await pass.look?.(0, pass.x, look));
    const plainly = await runner.enter(input, somewhere);
    expect(plainly.looked).toBeUndefined();
    expect(pass.x).toEqual(plainly.x);
    expect(await pass.exit(pass.x)).toEqual(await plainly.exit(plainly.x));
  });

  test('with a stride are the sample of the whole tap', async () => {
    const taps: readonly RunnerTap[] = [
      { of: 'stream', at: 5 },
      { of: 'stream', at: length },
      { of: 'modulated', at: 3 },
      { of: 'value', at: 4 },
      { of: 'conditioning', name: 'timestep-embedding' },
    ];
    const full = await tapped(runner, input, taps.map(whole));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 70_000 }), async (stride) => {
        const samples = await tapped(
          runner,
          input,
          taps.map((tap) => ({ tap, stride })),
        );
        expect(samples).toEqual(full.map((feature) => runner.ops.sketch(feature, stride)));
      }),
      { numRuns: runs(2) },
    );
  });

  test('that are asked for twice are two features', async () => {
    const tap = whole({ of: 'stream', at: length });
    const [one, two] = await tapped(runner, input, [tap, tap]);
    expect(one).toEqual(two);
    expect(one?.tensors[0]?.data.buffer).not.toBe(two?.tensors[0]?.data.buffer);
  });

  test('of the timestep embedding depend on the timestep alone', async () => {
    const tap = whole({ of: 'conditioning', name: 'timestep-embedding' });
    const lookAt = async (given: typeof input): Promise<OnnxFeature | undefined> => {
      const pass = await runner.enter(given, somewhere);
      return (await pass.look?.(0, pass.x, [tap]))?.[0];
    };
    const embedding = await lookAt(input);
    expect(embedding?.tensors[0]?.dims).toEqual([1, 128]);
    expect(await lookAt(latteInput(1, 500, 99))).toEqual(embedding);
    expect(await lookAt(latteInput(1, 501))).not.toEqual(embedding);
  });
});

describe('compiling ahead', () => {
  test('is told and is not repeated', async () => {
    const span = { from: 2, until: 9, values: [3], taps: [whole({ of: 'modulated', at: 5 })] };
    await runner.prepare([span]);
    const compiled = runner.compiled();
    expect(compiled).toContainEqual(span);
    await runner.prepare([span]);
    expect(runner.compiled().length).toBe(compiled.length);
  });
});
