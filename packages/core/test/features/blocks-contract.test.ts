import { describe, expect, test } from 'vitest';
import { RunnerError } from '../../src/errors.ts';
import type { BlockDefinition } from '../../src/features/blocks/definition.ts';
import type { Float32Feature } from '../../src/features/float32.ts';
import { fromBlocks } from '../../src/pass/from-blocks.ts';
import type { RunnerTap } from '../../src/pass/runner.ts';
import { AT, enterToy, map, passOf, span, toyBlock, toyModule, type Toy } from './toy-blocks.ts';

describe('the contract of functions', () => {
  const scratch = new Float32Array(2);
  const inPlace = (x: Float32Feature): Float32Feature => (x as Float32Array).fill(7);
  const intoScratch = (x: Float32Feature): Float32Feature => {
    scratch.set(x as Float32Array);
    return scratch;
  };
  const broken: [string, BlockDefinition<Toy>[]][] = [
    ['block "blocks.1"', [toyBlock(1), (x) => x]],
    ['block "in-place"', [{ name: 'in-place', run: inPlace }]],
    ['block "view"', [{ name: 'view', run: (x) => (x as Float32Array).subarray(0, 1) }]],
    ['block "blocks.1"', [intoScratch, intoScratch]],
    ['compute of module "blocks.0/mlp"', [{ modules: [{ ...toyModule(1, 'mlp'), compute: (x) => x }] }]],
    ['apply of module "blocks.0/mlp"', [{ modules: [{ ...toyModule(1, 'mlp'), apply: (x) => x }] }]],
    [
      'apply of module "blocks.0/mlp"',
      [{ modules: [{ ...toyModule(1, 'mlp'), apply: (_, value) => value }] }],
    ],
  ];

  test.each(broken)('a returned array that is not new is refused, naming the %s', async (label, blocks) => {
    const running = span(await passOf(blocks, Float32Array.of(1, 2), 1), [0, blocks.length]);
    await expect(running).rejects.toThrow(RunnerError);
    await expect(running).rejects.toThrow(`expected a new array from ${label}`);
  });

  test('apply may not return a value that was given either', async () => {
    const module = { ...toyModule(1, 'mlp'), apply: (_: Float32Feature, value: Float32Feature) => value };
    const pass = await passOf([{ modules: [module] }], Float32Array.of(1), 1);
    const values = new Map([[0, Float32Array.of(5)]]);
    await expect(span(pass, [0, 1], pass.x, { values })).rejects.toThrow('apply of module "blocks.0/mlp"');
  });

  test('a scratch array is found out in the second pass', async () => {
    const runner = fromBlocks([intoScratch], { enter: enterToy });
    const run = async (): Promise<unknown> =>
      span(await runner.enter({ x: Float32Array.of(1, 2), gate: 1 }, AT), [0, 1]);
    await run();
    await expect(run()).rejects.toThrow('shares memory with its input or with an earlier feature');
  });

  test('a tuple may not carry one of its arrays through', async () => {
    const half = ([image, text]: readonly Float32Array[]): Float32Feature => [
      image?.slice() ?? scratch,
      text ?? scratch,
    ];
    const runner = fromBlocks([(x: Float32Feature) => half(x as readonly Float32Array[])]);
    const pass = await runner.enter([Float32Array.of(1), Float32Array.of(2)], AT);
    await expect(span(pass, [0, 1])).rejects.toThrow('copy what stays unchanged');
  });

  test('a modulated input may be the stream itself, but no scratch array', async () => {
    const tap: RunnerTap = { of: 'modulated', at: 0 };
    const identity = await passOf([{ run: toyBlock(1), modulated: (x) => x }], Float32Array.of(1), 1);
    expect((await span(identity, [0, 1], identity.x, { taps: [tap] })).taps[0]).toBe(identity.x);
    const reused = await passOf([{ run: toyBlock(1), modulated: intoScratch }], Float32Array.of(1, 2), 1);
    await span(reused, [0, 1], reused.x, { taps: [tap] });
    await expect(reused.look?.(0, reused.x, [{ tap }])).rejects.toThrow('modulated of block "blocks.0"');
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['an array with a number, a number', [1, 2]],
    ['a Float64Array', new Float64Array(1)],
  ])('something else than a feature is refused: %s', async (kind, returned) => {
    const pass = await passOf([() => returned as Float32Array], Float32Array.of(1), 1);
    await expect(span(pass, [0, 1])).rejects.toThrow(`from block "blocks.0", got ${kind}`);
    const entering = fromBlocks([toyBlock(1)], {
      enter: () => ({ x: returned as Float32Array, context: { gate: 1 } }),
    });
    await expect(entering.enter(undefined, AT)).rejects.toThrow(`from enter, got ${kind}`);
  });

  test('methods of a class keep their this', async () => {
    class Shift {
      readonly by = 2;
      run(x: Float32Feature): Float32Feature {
        return map(x, (value) => value + this.by);
      }
    }
    const pass = await fromBlocks([new Shift()]).enter(Float32Array.of(1), AT);
    expect((await span(pass, [0, 1])).x).toStrictEqual(Float32Array.of(3));
  });
});
