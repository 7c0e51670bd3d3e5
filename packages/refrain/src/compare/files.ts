import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from '../errors.ts';

/**
 * A name for a file from any text: letters, digits, dots and dashes, at most 90 characters. Words keep their own name;
 * any other text gets a checksum too, so that different texts get different names.
 */
export function fileName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  const isWords = /^[a-z0-9]+(?: [a-z0-9]+)*$/.test(text) && text.length <= 80;
  return isWords ? plain : `${plain.slice(0, 80)}-${checksum(text)}`;
}

/** FNV-1a over the characters, in hexadecimal: tells long names with one beginning apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * Makes sure that a folder exists and can be written, before hours of work depend on it.
 *
 * @throws CommandError `OUTPUT_NOT_WRITABLE` naming the folder
 */
export async function requireWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, '.refrain-probe');
    await writeFile(probe, '');
    await rename(probe, `${probe}.ok`);
    await rm(`${probe}.ok`);
  } catch (cause) {
    throw notWritable(folder, cause);
  }
}

/**
 * Writes a file so that a reader sees the old content or the new, never half of it. Missing folders are made.
 *
 * @throws CommandError `OUTPUT_NOT_WRITABLE` naming the file
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/**
 * Removes a folder with all that is in it; nothing happens when it is not there.
 *
 * @throws CommandError `OUTPUT_NOT_WRITABLE` naming the folder
 */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((cause: unknown) => {
    throw notWritable(path, cause);
  });
}

/**
 * The content of a text file, or undefined when there is none.
 *
 * @throws CommandError `RESUME_UNREADABLE` when there is something that cannot be read
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError('RESUME_UNREADABLE', `[refrain] cannot read ${path}: ${reason}`, { cause: error });
  }
}

function notWritable(path: string, cause: unknown): CommandError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CommandError(
    'OUTPUT_NOT_WRITABLE',
    `[refrain] cannot write ${path}: ${reason}. Choose another folder with --out`,
    { cause },
  );
}
