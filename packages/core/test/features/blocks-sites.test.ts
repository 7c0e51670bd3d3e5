import { describe, expect, test } from 'vitest';
import { RunnerError } from '../../src/errors.ts';
import type { BlockDefinition } from '../../src/features/blocks/definition.ts';
import { fromBlocks } from '../../src/pass/from-blocks.ts';
import { enterToy, toyBlock, toyModule, type Toy } from './toy-blocks.ts';

describe('sites', () => {
  test('of plain blocks: one position each, named by number, modulated where it is given', () => {
    const plain = { name: 'last', family: 'single', run: toyBlock(1), modulated: toyBlock(2) };
    expect(fromBlocks([toyBlock(1), plain], { enter: enterToy }).sites).toStrictEqual([
      { level: 'block', name: 'blocks.0', family: 'block', from: 0, until: 1, modulated: false },
      { level: 'block', name: 'last', family: 'single', from: 1, until: 2, modulated: true },
    ]);
  });

  test('of modules: one position for each, inside their blocks', () => {
    const blocks = [
      {
        name: 'a',
        modules: [toyModule(1, 'self-attention'), { ...toyModule(1, 'mlp'), name: 'feed-forward' }],
      },
      { name: 'b', modules: [toyModule(1, 'mlp')] },
    ];
    expect(fromBlocks(blocks, { enter: enterToy }).sites).toStrictEqual([
      { level: 'block', name: 'a', family: 'block', from: 0, until: 2, modulated: true },
      { level: 'inner', name: 'a/self-attention', kind: 'self-attention', block: 'a', from: 0, until: 1 },
      { level: 'inner', name: 'a/feed-forward', kind: 'mlp', block: 'a', from: 1, until: 2 },
      { level: 'block', name: 'b', family: 'block', from: 2, until: 3, modulated: true },
      { level: 'inner', name: 'b/mlp', kind: 'mlp', block: 'b', from: 2, until: 3 },
    ]);
  });

  test.each<[string, BlockDefinition<Toy>[]]>([
    ['at least one block', []],
    [
      'names must be unique',
      [
        { name: 'a', run: toyBlock(1) },
        { name: 'a', run: toyBlock(2) },
      ],
    ],
    ['names must be unique', [{ modules: [toyModule(1, 'mlp'), toyModule(1, 'mlp')] }]],
    ['give "blocks.1" as modules too', [{ modules: [toyModule(1, 'mlp')] }, toyBlock(1)]],
    ['at least one module in block "blocks.0"', [{ modules: [] }]],
  ])('are refused with a message: %s', (message, blocks) => {
    const make = (): unknown => fromBlocks(blocks, { enter: enterToy });
    expect(make).toThrow(RunnerError);
    expect(make).toThrow(message);
  });
});
