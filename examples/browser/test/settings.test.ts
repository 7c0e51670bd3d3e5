import { parseId, parsePolicy } from '@refrain/core';
import { loadTokenizer } from '@refrain/latte-mini';
import { createWordTokenizer } from '@refrain/diffusion';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { canonical, findOption, printTree, withOption } from '../src/policies/tree.ts';
import { printLink, readLink } from '../src/settings/link.ts';
import { bounds, defaults, readNumberSetting, type Settings } from '../src/settings/settings.ts';
import { anyPrompt, promptOf, slots, wordsBySlot } from '../src/settings/vocabulary.ts';
import { fuzz } from './seed.ts';

const ids = (await readFile(new URL('../../../docs/policies/latte-mini.txt', import.meta.url), 'utf8'))
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe('a link', () => {
  const settings = fc.record<Settings>({
    prompt: fc.string(),
    policy: fc.oneof(fc.string(), fc.constantFrom(...ids)),
    backend: fc.constantFrom('webgpu', 'webgl2', 'webasm', 'cpu', 'onnx'),
    steps: fc.integer(bounds.steps),
    guidance: fc.double({ min: 1, max: 10, noNaN: true }),
    seed: fc.integer(bounds.seed),
  });

  test('gives back every setting', () => {
    fc.assert(
      fc.property(settings, (all) => {
        expect(readLink(printLink(all), defaults)).toEqual(all);
      }),
      fuzz,
    );
  });

  test('of any text leaves what it cannot read as it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readLink(text, defaults);
        expect(readNumberSetting('steps', String(read.steps))).toBe(read.steps);
        expect(readNumberSetting('seed', String(read.seed))).toBe(read.seed);
      }),
      fuzz,
    );
    expect(readLink('#steps=1&guidance=x&seed=-1&backend=abacus&unknown=1', defaults)).toEqual(defaults);
  });

  test('shows policies as people write them', () => {
    expect(printLink(defaults)).toContain('policy=bwcache(threshold=0.15,interval=1,stride=61)&');
  });
});

describe('prompts', () => {
  test('of the grammar come apart into its words and together again, and the model knows them', async () => {
    const { encode } = createWordTokenizer(await loadTokenizer());
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (numbers) => {
        const prompt = anyPrompt(() => numbers.next().value ?? 0);
        expect(promptOf(wordsBySlot(prompt))).toBe(prompt);
        expect(encode(prompt).length).toBe(8);
      }),
      fuzz,
    );
  });

  test('of the grammar know every word of the model', async () => {
    const { words } = createWordTokenizer(await loadTokenizer());
    expect(new Set(slots.flatMap((slot) => slot.words))).toEqual(new Set(words));
  });
});

describe('policies as trees', () => {
  test.each(ids)('%s', (id) => {
    expect(printTree(parseId(id))).toBe(id);
    expect(canonical(id)).toBe(parsePolicy(id).id);
  });

  test('dials find their option inside combinations, and turn it there', () => {
    const tree = parseId('limit(within(bwcache(interval=2),from=0.1,until=0.9),maxAge=3)');
    expect(findOption(tree, 'threshold')).toEqual({ path: [0, 0], text: '0.15' });
    expect(printTree(withOption(tree, [0, 0], 'threshold', '0.3'))).toBe(
      'limit(within(bwcache(interval=2,threshold=0.3),from=0.1,until=0.9),maxAge=3)',
    );
    expect(printTree(withOption(tree, [0, 0], 'interval', ''))).toBe(
      'limit(within(bwcache,from=0.1,until=0.9),maxAge=3)',
    );
    expect(findOption(parseId('never'), 'threshold')).toBeUndefined();
  });
});
