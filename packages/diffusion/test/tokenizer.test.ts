import './seed.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWordTokenizer, DiffusionError, UnknownWordError, type WordVocabulary } from '../src/index.ts';
import { codeOf } from './arbitraries.ts';

const words = { '<pad>': 0, '<null>': 1, red: 2, Blue: 3, circle: 4, square: 5, fast: 6 };
const vocabulary: WordVocabulary = { words, paddingId: 0, nullId: 1, length: 4 };
const tokenizer = createWordTokenizer(vocabulary);
const ids: Readonly<Record<string, number>> = { red: 2, blue: 3, circle: 4, square: 5, fast: 6 };

const errorOf = (prompt: string): unknown => {
  try {
    return tokenizer.encode(prompt);
  } catch (error) {
    return error;
  }
};

describe('createWordTokenizer', () => {
  test('encodes any prompt of known words, in any case and with any white space', () => {
    const space = fc.stringMatching(/^[ \t\n]{1,3}$/);
    const word = fc.record({ word: fc.constantFrom(...Object.keys(ids)), space, upper: fc.boolean() });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (parts) => {
        const prompt = parts
          .map((part) => part.space + (part.upper ? part.word.toUpperCase() : part.word))
          .join('');
        const expected = parts.map((part) => ids[part.word] ?? -1);
        const padding = Array.from({ length: 4 - parts.length }, () => 0);
        expect(Array.from(tokenizer.encode(`${prompt} `), Number)).toEqual([...expected, ...padding]);
      }),
    );
  });

  test('gives the null prompt, and lists the words without special tokens', () => {
    expect(tokenizer.unconditional()).toEqual(new BigInt64Array([1n, 1n, 1n, 1n]));
    expect(tokenizer.words).toEqual(['red', 'blue', 'circle', 'square', 'fast']);
    expect(tokenizer.length).toBe(4);
  });

  test('hands out a new array each time', () => {
    tokenizer.unconditional().fill(9n);
    expect(tokenizer.unconditional()[0]).toBe(1n);
  });

  test('names every unknown word once, the nearest known one, and the vocabulary', () => {
    const error = errorOf('rad sqare red sqare');
    expect(error).toBeInstanceOf(UnknownWordError);
    const { code, message, unknown, vocabulary: known } = error as UnknownWordError;
    expect(code).toBe('UNKNOWN_WORD');
    expect(unknown).toEqual([
      { word: 'rad', suggestion: 'red' },
      { word: 'sqare', suggestion: 'square' },
    ]);
    expect(known).toEqual(tokenizer.words);
    expect(message).toBe(
      '[diffusion] expected words of the vocabulary, got "rad" (did you mean "red"?), "sqare" (did you mean "square"?). ' +
        'Use only: red, blue, circle, square, fast.',
    );
  });

  test('knows neither the special tokens nor the names of object members', () => {
    for (const prompt of ['<pad>', '<null>', 'constructor', '__proto__', 'toString'])
      expect(
        codeOf(() => tokenizer.encode(prompt)),
        prompt,
      ).toBe('UNKNOWN_WORD');
  });

  test('refuses empty and long prompts', () => {
    for (const prompt of ['', '  \n']) expect(codeOf(() => tokenizer.encode(prompt))).toBe('PROMPT_EMPTY');
    expect(errorOf('red red red red red')).toMatchObject({ code: 'PROMPT_TOO_LONG' });
    expect(errorOf('red red red red red')).toBeInstanceOf(DiffusionError);
  });

  test('suggests nothing when there are no words', () => {
    const empty = createWordTokenizer({ words: { '<pad>': 0 }, paddingId: 0, nullId: 0, length: 1 });
    expect(() => empty.encode('red')).toThrow('got "red". Use only: .');
  });

  test.each([
    ['words that differ in case only', { words: { ...words, RED: 9 } }],
    ['a word with white space', { words: { ...words, 'dark red': 9 } }],
    ['an empty word', { words: { ...words, '': 9 } }],
    ['a broken id', { words: { ...words, green: 1.5 } }],
    ['a negative padding id', { paddingId: -1 }],
    ['no length', { length: 0 }],
  ])('refuses a vocabulary with %s', (_name, change) => {
    expect(codeOf(() => createWordTokenizer({ ...vocabulary, ...change }))).toBe('VOCABULARY_INVALID');
  });
});
