import { RunnerError, streamOf, type SiteInfo } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from './seed.ts';

function block(name: string, from: number, until: number): SiteInfo {
  return { level: 'block', name, family: 'toy', from, until, modulated: false };
}

function inner(name: string, of: string, from: number, until: number = from + 1): SiteInfo {
  return { level: 'inner', name, kind: 'mlp', block: of, from, until };
}

describe('the stream of a runner', () => {
  test('orders the sites, however they were declared', () => {
    const declared = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 })
      .chain((sizes) => {
        const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
        const sites = sizes.flatMap((size, index) => {
          const from = starts[index] ?? 0;
          const modules = Array.from({ length: size }, (__, module) =>
            inner(`${index}/${module}`, `${index}`, from + module),
          );
          return [block(`${index}`, from, from + size), ...modules];
        });
        return fc.tuple(
          fc.constant(sites),
          fc.shuffledSubarray(sites, { minLength: sites.length }),
          fc.boolean(),
        );
      });
    fc.assert(
      fc.property(declared, ([sites, shuffled, withInner]) => {
        const wanted = (level: string): readonly SiteInfo[] => sites.filter((site) => site.level === level);
        const given = shuffled.filter(({ level }) => withInner || level === 'block');
        expect(streamOf(given, ['text'])).toStrictEqual({
          length: wanted('inner').length,
          blocks: wanted('block'),
          inner: withInner ? wanted('inner') : [],
          conditioning: ['text'],
        });
      }),
      fuzz,
    );
  });

  test.each<[string, readonly SiteInfo[]]>([
    ['at least one block site', []],
    ['at least one block site', [inner('m', 'b', 0)]],
    ['"b" starts at 1, expected 0', [block('b', 1, 2)]],
    ['"c" starts at 3, expected 2', [block('b', 0, 2), block('c', 3, 4)]],
    ['"c" starts at 1, expected 2', [block('b', 0, 2), block('c', 1, 3)]],
    ['"b" ends at 0, expected an integer above 0', [block('b', 0, 0)]],
    ['"b" ends at 1.5', [block('b', 0, 1.5)]],
    ['"b" ends at NaN', [block('b', 0, Number.NaN)]],
    ['"b" starts at NaN', [block('b', Number.NaN, 2)]],
    ['two sites are called "b"', [block('b', 0, 1), block('b', 1, 2)]],
    ['two sites are called "b"', [block('b', 0, 1), inner('b', 'b', 0)]],
    ['inner sites end at 1, but blocks end at 2', [block('b', 0, 2), inner('m', 'b', 0)]],
    ['"n" starts at 0, expected 1', [block('b', 0, 2), inner('m', 'b', 0), inner('n', 'b', 0)]],
    ['"m" spans 2 positions, expected 1', [block('b', 0, 2), inner('m', 'b', 0, 2)]],
    [
      '"n" does not lie inside a block called "b"',
      [block('b', 0, 1), block('c', 1, 2), inner('m', 'b', 0), inner('n', 'b', 1)],
    ],
    ['does not lie inside a block called "x"', [block('b', 0, 1), inner('m', 'x', 0)]],
  ])('is refused: %s', (message, sites) => {
    expect(() => streamOf(sites)).toThrow(RunnerError);
    expect(() => streamOf(sites)).toThrow(message);
  });
});
