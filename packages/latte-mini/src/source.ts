import { packagedChecksums } from './checksums.ts';
import { LatteMiniError, ModelFileInvalidError } from './errors.ts';
import { packagedUrls, type ModelFileName } from './files.ts';
import { folderUrl, readBytes } from './read.ts';
import { manifestName, parseManifest, requireChecksum, type Checksums } from './verify.ts';

/** Where the model files come from. */
export interface LoadOptions {
  /**
   * Another model folder, as a path or URL: the same file names, the reference vectors in `reference/` inside it.
   *
   * @defaultValue the files of this package
   */
  readonly from?: string | URL;
  /**
   * Whether to compare every file with its SHA-256 checksum: the manifest of this package, or `checksums.json` of the
   * folder `from` when it has one.
   *
   * @defaultValue true
   */
  readonly verify?: boolean;
}

/**
 * What is known about the integrity of a file: `verified` when it equals its checksum, `no-checksum` when the folder
 * has none for it, `skipped` when the caller passed `verify: false`.
 */
export type Verification = 'verified' | 'no-checksum' | 'skipped';

/** One file of the model. */
export interface ModelFile {
  readonly name: ModelFileName;
  /** Where it was read from. */
  readonly url: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly verification: Verification;
}

/** A model folder that is ready to read from. @internal */
export interface ModelSource {
  readonly read: (name: ModelFileName) => Promise<ModelFile>;
}

/** Resolves the options once, and reads the manifest of a foreign folder once. @internal */
export async function openSource({ from, verify = true }: LoadOptions = {}): Promise<ModelSource> {
  if (from === undefined)
    return sourceOf((name) => packagedUrls[name](), verify ? packagedChecksums : undefined);
  const folder = folderUrl(from);
  return sourceOf((name) => new URL(name, folder), verify ? await folderChecksums(folder) : undefined);
}

function sourceOf(urlOf: (name: ModelFileName) => URL, checksums: Checksums | undefined): ModelSource {
  return {
    read: async (name) => {
      const url = urlOf(name);
      const bytes = await readBytes(name, url);
      const verification = await verified(name, url, bytes, checksums);
      return { name, url: url.href, bytes, verification };
    },
  };
}

async function verified(
  name: ModelFileName,
  url: URL,
  bytes: Uint8Array<ArrayBuffer>,
  checksums: Checksums | undefined,
): Promise<Verification> {
  if (checksums === undefined) return 'skipped';
  const expected = Object.hasOwn(checksums, name) ? checksums[name] : undefined;
  if (expected === undefined) return 'no-checksum';
  await requireChecksum(name, url, bytes, expected);
  return 'verified';
}

/** The manifest of a folder; an absent one counts as empty. */
async function folderChecksums(folder: URL): Promise<Checksums> {
  try {
    const bytes = await readBytes(manifestName, new URL(manifestName, folder));
    return parseManifest(parseJson(manifestName, bytes));
  } catch (error) {
    if (error instanceof LatteMiniError && error.code === 'MODEL_FILE_MISSING') return {};
    throw error;
  }
}

/** Parses the text of a JSON file; a syntax error becomes a `MODEL_FILE_INVALID`. @internal */
export function parseJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelFileInvalidError(file, [{ path: '', message: `expected JSON text (${reason})` }], {
      cause,
    });
  }
}
