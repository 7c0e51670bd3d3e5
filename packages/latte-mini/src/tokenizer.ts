import { parseFields, type Fields } from './fields.ts';

/** A word-level vocabulary, from `tokenizer.json`. */
export interface LatteMiniTokenizer {
  /** Token id of every word, special tokens included. */
  readonly words: Readonly<Record<string, number>>;
  /** Id that fills a short caption up. */
  readonly paddingId: number;
  /** Id that, repeated, makes the caption of the unconditional branch. */
  readonly nullId: number;
  /** Number of tokens of every encoded caption. */
  readonly length: number;
}

/**
 * Checks a parsed `tokenizer.json` and gives it types.
 *
 * @param json - what `JSON.parse` returned.
 * @throws ModelFileInvalidError (`MODEL_FILE_INVALID`) with every issue, when a field is missing or of the wrong kind,
 * two words share an id, or a special id is not in the vocabulary.
 */
export function parseTokenizer(json: unknown): LatteMiniTokenizer {
  return parseFields('tokenizer.json', json, readTokenizer);
}

function readTokenizer(fields: Fields): LatteMiniTokenizer {
  const tokenizer = {
    words: fields.integersByName('vocab'),
    paddingId: fields.index('pad_id'),
    nullId: fields.index('null_id'),
    length: fields.positiveInteger('max_length'),
  };
  const type = fields.text('type');
  const ids = new Set(Object.values(tokenizer.words));
  fields.require(type === 'word-level', 'type', `expected "word-level", got ${JSON.stringify(type)}`);
  fields.require(
    ids.size === Object.keys(tokenizer.words).length,
    'vocab',
    'expected a different id for every word',
  );
  fields.require(
    ids.has(tokenizer.paddingId),
    'pad_id',
    `expected an id of the vocabulary, got ${tokenizer.paddingId}`,
  );
  fields.require(
    ids.has(tokenizer.nullId),
    'null_id',
    `expected an id of the vocabulary, got ${tokenizer.nullId}`,
  );
  return tokenizer;
}
