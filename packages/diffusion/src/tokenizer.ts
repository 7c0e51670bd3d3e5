import { nearestName } from '@refrain/core';
import { DiffusionError, UnknownWordError } from './errors.ts';

/** A word-level vocabulary, as `loadTokenizer` of `@refrain/latte-mini` returns it. */
export interface WordVocabulary {
  /** Token id of every word, special tokens included. */
  readonly words: Readonly<Record<string, number>>;
  /** Id that fills a short prompt up. */
  readonly paddingId: number;
  /** Id that, repeated, makes the unconditional prompt. */
  readonly nullId: number;
  /** Number of tokens of every encoded prompt. */
  readonly length: number;
}

/** Turns prompts into token ids. */
export interface WordTokenizer {
  /** Words that may be used, in the order of the vocabulary, in lower case. */
  readonly words: readonly string[];
  /** Number of tokens of every encoded prompt. */
  readonly length: number;
  /**
   * Token ids of a prompt, [length], padded at the end. Upper and lower case are the same; words are separated by
   * white space.
   *
   * @throws DiffusionError `PROMPT_EMPTY` without a word, `PROMPT_TOO_LONG` with more words than tokens;
   * UnknownWordError `UNKNOWN_WORD` naming every unknown word, the known one that was probably meant, and the vocabulary.
   */
  readonly encode: (prompt: string) => BigInt64Array<ArrayBuffer>;
  /** Token ids for the branch without a prompt, [length]. */
  readonly unconditional: () => BigInt64Array<ArrayBuffer>;
}

/**
 * Makes a tokenizer with one token per word.
 *
 * @throws DiffusionError `VOCABULARY_INVALID` when two words differ only in upper and lower case, a word contains white
 * space, or an id or the length is not a whole number.
 *
 * @example
 * ```ts
 * import { createWordTokenizer } from '@refrain/diffusion';
 *
 * const words = { '<pad>': 0, '<null>': 1, red: 2, circle: 3 };
 * const tokenizer = createWordTokenizer({ words, paddingId: 0, nullId: 1, length: 3 });
 * console.log(tokenizer.encode('Red circle').join(' '), '|', tokenizer.unconditional().join(' ')); // 2 3 0 | 1 1 1
 * ```
 */
export function createWordTokenizer(vocabulary: WordVocabulary): WordTokenizer {
  const { paddingId, nullId, length } = vocabulary;
  requireWholeNumbers(vocabulary);
  const ids = idsByWord(vocabulary);
  const words = [...ids.keys()];
  return {
    words,
    length,
    encode: (prompt) => {
      const parts = prompt.toLowerCase().split(/\s+/).filter(Boolean);
      requireKnown(parts, ids, words);
      requireWordCount(parts.length, length);
      const tokens = new BigInt64Array(length).fill(BigInt(paddingId));
      for (const [index, part] of parts.entries()) tokens[index] = BigInt(ids.get(part) ?? paddingId);
      return tokens;
    },
    unconditional: () => new BigInt64Array(length).fill(BigInt(nullId)),
  };
}

/** The words a prompt may use: a map, so that "constructor" is as unknown as any other word. */
function idsByWord({ words, paddingId, nullId }: WordVocabulary): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const [word, id] of Object.entries(words)) {
    if (id === paddingId || id === nullId) continue;
    const key = word.toLowerCase();
    if (ids.has(key) || key === '' || /\s/.test(key))
      throw new DiffusionError(
        'VOCABULARY_INVALID',
        `expected words that differ in more than case and have no white space, got ${JSON.stringify(word)}.`,
      );
    ids.set(key, id);
  }
  return ids;
}

function requireWholeNumbers({ words, paddingId, nullId, length }: WordVocabulary): void {
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (![...Object.values(words), paddingId, nullId].every(isWhole) || !isWhole(length) || length === 0)
    throw new DiffusionError(
      'VOCABULARY_INVALID',
      'expected ids to be integers of at least 0 and the length to be an integer of at least 1. Check the tokenizer file.',
    );
}

function requireKnown(
  parts: readonly string[],
  ids: ReadonlyMap<string, number>,
  words: readonly string[],
): void {
  const unknown = [...new Set(parts)].filter((part) => !ids.has(part));
  if (unknown.length === 0) return;
  throw new UnknownWordError(
    unknown.map((word) => ({ word, suggestion: nearestName(word, words) })),
    words,
  );
}

function requireWordCount(count: number, length: number): void {
  if (count === 0)
    throw new DiffusionError(
      'PROMPT_EMPTY',
      `expected a prompt of 1 to ${length} words, got none. Name what to show.`,
    );
  if (count > length)
    throw new DiffusionError(
      'PROMPT_TOO_LONG',
      `expected a prompt of at most ${length} words, got ${count}. Leave out ${count - length}.`,
    );
}
