import { ModelFileCorruptError } from './errors.ts';
import { parseFields } from './fields.ts';

/** Name of the manifest in a model folder. @internal */
export const manifestName = 'checksums.json';

/** SHA-256 of each file by name, lower-case hexadecimal. @internal */
export type Checksums = Readonly<Record<string, string>>;

/** Checks a parsed `checksums.json`. @internal */
export function parseManifest(json: unknown): Checksums {
  return parseFields(manifestName, json, (fields) => {
    const algorithm = fields.text('algorithm');
    const files = fields.textsByName('files');
    fields.require(
      algorithm === 'sha256',
      'algorithm',
      `expected "sha256", got ${JSON.stringify(algorithm)}`,
    );
    for (const [name, checksum] of Object.entries(files))
      fields.require(
        /^[0-9a-f]{64}$/.test(checksum),
        `files.${name}`,
        'expected 64 lower-case hexadecimal digits',
      );
    return files;
  });
}

/** SHA-256 by WebCrypto, lower-case hexadecimal. @internal */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Compares a file with its checksum.
 *
 * @throws ModelFileCorruptError when they differ.
 *
 * @internal
 */
export async function requireChecksum(
  file: string,
  url: URL,
  bytes: Uint8Array<ArrayBuffer>,
  expected: string,
): Promise<void> {
  const actual = await sha256(bytes);
  if (actual !== expected) throw new ModelFileCorruptError(file, url, expected, actual);
}
