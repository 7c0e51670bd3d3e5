import { RefrainError } from '@refrain/core';

/** What went wrong, as a stable value for programs. */
export type DiffusionErrorCode =
  | 'STEPS_TOO_FEW'
  | 'OPTION_INVALID'
  | 'STEP_OUT_OF_RANGE'
  | 'LENGTH_MISMATCH'
  | 'VOCABULARY_INVALID'
  | 'PROMPT_EMPTY'
  | 'PROMPT_TOO_LONG'
  | 'UNKNOWN_WORD'
  | 'VIDEO_INVALID'
  | 'VIDEO_MISMATCH'
  | 'DEPENDENCY_MISSING'
  | 'ENCODING_FAILED';

/**
 * Base class of every error this package throws on purpose.
 *
 * @example
 * ```ts
 * import { DiffusionError, flowMatchingEuler } from '@refrain/diffusion';
 *
 * try {
 *   flowMatchingEuler({ steps: 1 });
 * } catch (error) {
 *   if (error instanceof DiffusionError) console.log(error.code); // STEPS_TOO_FEW
 * }
 * ```
 */
export class DiffusionError extends RefrainError<DiffusionErrorCode> {
  /**
   * @param code - stable name of the failure
   * @param message - what was expected, what came, what to do
   * @param options - `cause`: the error underneath
   */
  constructor(code: DiffusionErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, `[diffusion] ${message}`, options);
  }
}

/** A word of a prompt that the vocabulary lacks. */
export interface UnknownWord {
  /** The word, in lower case. */
  readonly word: string;
  /** The known word that was probably meant; undefined when none is near. */
  readonly suggestion: string | undefined;
}

/** A prompt with words that the vocabulary lacks; names all of them, and the whole vocabulary. */
export class UnknownWordError extends DiffusionError {
  /** The unknown words, each once, in the order of the prompt. */
  readonly unknown: readonly UnknownWord[];
  /** Every word that may be used. */
  readonly vocabulary: readonly string[];

  /**
   * @param unknown - the unknown words
   * @param vocabulary - every word that may be used
   */
  constructor(unknown: readonly UnknownWord[], vocabulary: readonly string[]) {
    const list = unknown.map(({ word, suggestion }) =>
      suggestion === undefined ? `"${word}"` : `"${word}" (did you mean "${suggestion}"?)`,
    );
    super(
      'UNKNOWN_WORD',
      `expected words of the vocabulary, got ${list.join(', ')}. Use only: ${vocabulary.join(', ')}.`,
    );
    this.unknown = unknown;
    this.vocabulary = vocabulary;
  }
}
