import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RunnerError } from '../src/errors.ts';
import type { BlockDefinition } from '../src/features/blocks/definition.ts';
import { fromBlocks } from '../src/pass/from-blocks.ts';
import type { RunnerTap } from '../src/pass/runner.ts';
import { AT, NOTHING, map, passOf, span, toyBlock, toyModule } from './features/toy-blocks.ts';
import { fuzz } from './seed.ts';

const scales = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 6 });
const stream = fc.float32Array({ minLength: 1, maxLength: 8, noNaN: true, min: -4, max: 4 });
const gates = fc.double({ min: -1, max: 1, noNaN: true });

describe('span', () => {
  test('split anywhere is the whole, bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(scales, stream, gates, fc.nat(), async (all, x, gate, cut) => {
        const pass = await passOf(all.map(toyBlock), x, gate);
        const whole = await span(pass, [0, all.length]);
        const middle = cut % all.length;
        const first = middle === 0 ? pass.x : (await span(pass, [0, middle])).x;
        expect((await span(pass, [middle, all.length], first)).x).toStrictEqual(whole.x);
      }),
      fuzz,
    );
  });

  test('is the blocks called one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(scales, stream, gates, async (all, x, gate) => {
        const pass = await passOf(all.map(toyBlock), x, gate);
        const expected = all.reduce((value: Float32Array, scale) => toyBlock(scale)(value, { gate }), x);
        expect((await span(pass, [0, all.length])).x).toStrictEqual(expected);
      }),
      fuzz,
    );
  });

  test('returns taps of the stream in the order of the request', async () => {
    await fc.assert(
      fc.asyncProperty(scales, stream, gates, fc.infiniteStream(fc.nat()), async (all, x, gate, picks) => {
        const pass = await passOf(all.map(toyBlock), x, gate);
        const positions = [...picks.take(4)].map((pick) => pick % (all.length + 1));
        const taps = positions.map((at): RunnerTap => ({ of: 'stream', at }));
        const result = await span(pass, [0, all.length], pass.x, { taps });
        expect(result.taps).toHaveLength(4);
        for (const [index, at] of positions.entries()) {
          const expected = at === 0 ? pass.x : (await span(pass, [0, at])).x;
          expect(result.taps[index]).toStrictEqual(expected);
        }
      }),
      fuzz,
    );
  });

  test('with the true values given is the same as computed, and computes none of them', async () => {
    await fc.assert(
      fc.asyncProperty(scales, stream, gates, fc.nat(63), async (all, x, gate, mask) => {
        const modules = all.map((scale) => toyModule(scale, 'mlp'));
        const blocks = modules.map((module) => ({ modules: [module] }));
        const pass = await passOf(blocks, x, gate);
        const taps = all.map((_, at): RunnerTap => ({ of: 'value', at }));
        const computed = await span(pass, [0, all.length], pass.x, { taps });
        const given = computed.taps.flatMap((value, at) => ((mask >> at) & 1 ? [[at, value] as const] : []));
        const spies = modules.map((module) => vi.spyOn(module, 'compute'));
        const injected = await span(pass, [0, all.length], pass.x, { values: new Map(given) });
        expect(injected.x).toStrictEqual(computed.x);
        for (const [at, spy] of spies.entries()) expect(spy).toHaveBeenCalledTimes((mask >> at) & 1 ? 0 : 1);
      }),
      fuzz,
    );
  });

  test('applies a given value with the gate of the current pass', async () => {
    const pass = await passOf([{ modules: [toyModule(1, 'mlp')] }], Float32Array.of(1, 2), 0.5);
    const result = await span(pass, [0, 1], pass.x, { values: new Map([[0, Float32Array.of(10, 20)]]) });
    expect(result.x).toStrictEqual(Float32Array.of(6, 12));
  });

  test('taps modulated inputs also where the value is given', async () => {
    const pass = await passOf([{ modules: [toyModule(3, 'mlp')] }], Float32Array.of(1, 2), 1);
    const values = new Map([[0, Float32Array.of(0, 0)]]);
    const result = await span(pass, [0, 1], pass.x, { values, taps: [{ of: 'modulated', at: 0 }] });
    expect(result.taps).toStrictEqual([Float32Array.of(3, 6)]);
  });

  test('waits for blocks that answer with a promise', async () => {
    const slow: BlockDefinition<undefined> = async (x) => map(x, (value) => value + 1);
    const pass = await fromBlocks([slow, slow]).enter(Float32Array.of(1), AT);
    expect((await pass.span({ from: 0, until: 2, x: pass.x, values: NOTHING, taps: [] })).x).toStrictEqual(
      Float32Array.of(3),
    );
  });

  test('lets the error of a block through', async () => {
    const failing = (): never => {
      throw new RangeError('boom');
    };
    await expect(span(await passOf([failing], Float32Array.of(1), 1), [0, 1])).rejects.toThrow(RangeError);
  });

  test.each<[string, readonly [number, number], RunnerTap[]]>([
    ['has positions 0 to 2', [0, 3], []],
    ['has positions 0 to 2', [1, 1], []],
    ['offers no conditioning', [0, 2], [{ of: 'conditioning', name: 'timestep-embedding' }]],
    ['cannot take stream at 2', [0, 1], [{ of: 'stream', at: 2 }]],
    ['"modulated" function', [0, 2], [{ of: 'modulated', at: 1 }]],
    ['give block "blocks.0" as modules', [0, 2], [{ of: 'value', at: 0 }]],
  ])('refuses what the blocks do not offer: %s', async (message, stretch, taps) => {
    const pass = await passOf([toyBlock(1), toyBlock(2)], Float32Array.of(1), 1);
    const running = span(pass, stretch, pass.x, { taps });
    await expect(running).rejects.toThrow(RunnerError);
    await expect(running).rejects.toThrow(message);
  });

  test('refuses a value where a whole block stands', async () => {
    const pass = await passOf([toyBlock(1)], Float32Array.of(1), 1);
    const running = span(pass, [0, 1], pass.x, { values: new Map([[0, Float32Array.of(1)]]) });
    await expect(running).rejects.toThrow('block "blocks.0": it is not given as modules');
  });
});

describe('look', () => {
  test('returns the modulated input without computing', async () => {
    const module = toyModule(2, 'self-attention');
    const compute = vi.spyOn(module, 'compute');
    const pass = await passOf([{ modules: [module] }], Float32Array.of(1, 2), 1);
    const looked = await pass.look?.(0, pass.x, [{ tap: { of: 'modulated', at: 0 } }]);
    expect(looked).toStrictEqual([Float32Array.of(2, 4)]);
    expect(compute).not.toHaveBeenCalled();
  });

  test('refuses to look elsewhere', async () => {
    const pass = await passOf([{ modules: [toyModule(2, 'mlp')] }], Float32Array.of(1), 1);
    await expect(pass.look?.(0, pass.x, [{ tap: { of: 'stream', at: 0 } }])).rejects.toThrow(RunnerError);
    await expect(pass.look?.(1, pass.x, [])).rejects.toThrow('has positions 0 to 1');
  });
});

describe('the ways in and out', () => {
  test('by default copy the input and the output, so that a sampler may change both', async () => {
    const input = Float32Array.of(1, 2);
    const pass = await fromBlocks([(x) => map(x, (value) => value)]).enter(input, AT);
    input.fill(9);
    const { x } = await span(pass, [0, 1]);
    const output = await pass.exit(x);
    (output as Float32Array).fill(9);
    expect(x).toStrictEqual(Float32Array.of(1, 2));
  });

  test('hand the step to enter and the context to exit', async () => {
    const runner = fromBlocks([toyBlock(1)], {
      name: 'toy',
      enter: (scale: number, at) => ({ x: Float32Array.of(scale), context: { gate: at.timestep } }),
      exit: (x, { gate }) => `${(x as Float32Array).length} at ${gate}`,
    });
    const pass = await runner.enter(3, { ...AT, timestep: 0.25 });
    expect(runner.name).toBe('toy');
    expect(await pass.exit(pass.x)).toBe('1 at 0.25');
  });
});
