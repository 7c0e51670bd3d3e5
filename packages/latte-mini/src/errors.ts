/** What went wrong, as a stable value for programs. */
export type LatteMiniErrorCode =
  | 'MODEL_FILE_MISSING'
  | 'MODEL_FILE_UNREADABLE'
  | 'MODEL_FILE_CORRUPT'
  | 'MODEL_FILE_INVALID'
  | 'NPY_INVALID'
  | 'NPY_TRUNCATED'
  | 'NPY_UNSUPPORTED';

/**
 * Base class of every error this package throws on purpose.
 *
 * @example
 * ```ts
 * import { LatteMiniError, loadLatteMini } from '@refrain/latte-mini';
 *
 * try {
 *   await loadLatteMini({ from: './no-such-folder' });
 * } catch (error) {
 *   if (error instanceof LatteMiniError) console.log(error.code); // MODEL_FILE_MISSING
 * }
 * ```
 */
export class LatteMiniError extends Error {
  override readonly name: string = 'LatteMiniError';
  /** Stable name of the failure. */
  readonly code: LatteMiniErrorCode;

  constructor(code: LatteMiniErrorCode, message: string, options?: ErrorOptions) {
    super(`[latte-mini] ${message}`, options);
    this.code = code;
  }
}

/** A model file that is absent, cannot be read, or differs from its checksum. */
export class ModelFileError extends LatteMiniError {
  override readonly name: string = 'ModelFileError';
  /** Name of the file inside the model folder. */
  readonly file: string;
  /** Where it was looked for. */
  readonly url: string;

  constructor(
    code: 'MODEL_FILE_MISSING' | 'MODEL_FILE_UNREADABLE' | 'MODEL_FILE_CORRUPT',
    file: string,
    url: URL,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.file = file;
    this.url = url.href;
  }
}

/** A model file whose bytes differ from the manifest. */
export class ModelFileCorruptError extends ModelFileError {
  override readonly name: string = 'ModelFileCorruptError';
  /** SHA-256 in the manifest, lower-case hexadecimal. */
  readonly expected: string;
  /** SHA-256 of the bytes that were read, lower-case hexadecimal. */
  readonly actual: string;

  constructor(file: string, url: URL, expected: string, actual: string) {
    const message =
      `${file} does not match its checksum: expected SHA-256 ${expected}, got ${actual} (${url.href}). ` +
      'Reinstall @refrain/latte-mini, or copy the model folder again. ' +
      'For files that you changed on purpose, write a new checksums.json or pass { verify: false }.';
    super('MODEL_FILE_CORRUPT', file, url, message);
    this.expected = expected;
    this.actual = actual;
  }
}

/** One thing that is wrong in a JSON file. */
export interface Issue {
  /** Path of the field, for example `scheduler.shift`; empty for the whole file. */
  readonly path: string;
  /** What was expected and what came. */
  readonly message: string;
}

/** A JSON file of the model that is not what the loaders expect; lists every issue found. */
export class ModelFileInvalidError extends LatteMiniError {
  override readonly name: string = 'ModelFileInvalidError';
  /** Everything that is wrong, in the order of the checks. */
  readonly issues: readonly Issue[];

  constructor(file: string, issues: readonly Issue[], options?: ErrorOptions) {
    const lines = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super(
      'MODEL_FILE_INVALID',
      `${file} is not valid: ${lines.join('; ')}. Correct the file, or use the one that came with the model.`,
      options,
    );
    this.issues = issues;
  }
}

/** Bytes that are not a readable `.npy` array: `NPY_INVALID`, `NPY_TRUNCATED` or `NPY_UNSUPPORTED`. */
export class NpyError extends LatteMiniError {
  override readonly name: string = 'NpyError';
}
