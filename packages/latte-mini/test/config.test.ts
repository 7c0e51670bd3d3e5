import './seed.ts';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelFileInvalidError, parseConfig, parseTokenizer } from '../src/index.ts';

type Json = Record<string, unknown>;

const readModelJson = async (name: string): Promise<Json> =>
  JSON.parse(await readFile(new URL(`../model/${name}`, import.meta.url), 'utf8')) as Json;
const config = await readModelJson('config.json');
const tokenizer = await readModelJson('tokenizer.json');

const issuesOf = (parse: (json: unknown) => unknown, json: unknown): readonly string[] => {
  try {
    parse(json);
    return [];
  } catch (error) {
    if (error instanceof ModelFileInvalidError) return error.issues.map((issue) => issue.path);
    throw error;
  }
};

describe('parseConfig', () => {
  test('derives the sizes that follow from others', () => {
    const parsed = parseConfig({
      ...config,
      num_attention_heads: 3,
      attention_head_dim: 5,
      sample_size: 12,
      patch_size: 4,
    });
    expect(parsed).toMatchObject({ hiddenSize: 15, patches: 9 });
  });

  test('lists every issue with its path, not only the first', () => {
    const broken = {
      ...config,
      num_layers: '6',
      patch_size: 0,
      scheduler: { ...(config['scheduler'] as Json), shift: -1 },
    };
    expect(issuesOf(parseConfig, broken)).toEqual(['patch_size', 'num_layers', 'scheduler.shift']);
    expect(() => parseConfig(broken)).toThrow('num_layers: expected a positive integer, got "6"');
  });

  test('notices when any field that it needs is missing', () => {
    const unused = [
      'dropout',
      'cross_attention_dim',
      'attention_bias',
      'activation_fn',
      'num_embeds_ada_norm',
    ];
    const needed = Object.keys(config).filter((key) => !unused.includes(key) && !key.startsWith('norm_'));
    for (const key of needed) {
      const { [key]: _removed, ...rest } = config;
      expect(issuesOf(parseConfig, rest), key).toContain(key);
    }
  });

  test('refuses a block list that contradicts the number of layers', () => {
    expect(issuesOf(parseConfig, { ...config, num_layers: 5 })).toEqual(['block_outputs.order']);
  });

  test('refuses a patch size that does not divide the frame', () => {
    expect(issuesOf(parseConfig, { ...config, patch_size: 5 })).toEqual(['patch_size']);
  });

  test('refuses a pixel range that is not two rising numbers', () => {
    for (const pixel_range of [[1, -1], [0], [0, 1, 2], []])
      expect(
        issuesOf(parseConfig, { ...config, scheduler: { ...(config['scheduler'] as Json), pixel_range } }),
      ).toEqual(['scheduler.pixel_range']);
  });

  test('answers any JSON value with a typed error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(issuesOf(parseConfig, json).length).toBeGreaterThan(0);
        expect(issuesOf(parseTokenizer, json).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('parseTokenizer', () => {
  test('keeps words, ids and length', () => {
    const json = {
      type: 'word-level',
      vocab: { '<pad>': 0, '<null>': 1, red: 2 },
      pad_id: 0,
      null_id: 1,
      max_length: 3,
    };
    expect(parseTokenizer(json)).toEqual({ words: json.vocab, paddingId: 0, nullId: 1, length: 3 });
  });

  test.each([
    ['a special id outside the vocabulary', { ...tokenizer, null_id: 999 }, 'null_id'],
    ['two words with one id', { ...tokenizer, vocab: { '<pad>': 0, '<null>': 1, a: 2, b: 2 } }, 'vocab'],
    ['an id that is not an integer', { ...tokenizer, vocab: { '<pad>': 0.5 } }, 'vocab'],
    ['another kind of tokenizer', { ...tokenizer, type: 'BPE' }, 'type'],
  ])('refuses %s', (_name, json, path) => {
    expect(issuesOf(parseTokenizer, json)).toEqual([path]);
  });
});
