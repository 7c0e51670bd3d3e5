import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { SimError } from '../errors.ts';

/**
 * Writes a file so that a reader sees the old content or the new, never half of it, also when the machine stops in
 * between: a temporary file beside it takes its place once it is complete on the disk.
 *
 * @param path - of the file; its folder must exist
 * @param content - bytes, or text in UTF-8
 * @throws SimError `WRITE_FAILED` with the system's error as its cause; what was there before is kept
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await writeThrough(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'WRITE_FAILED',
      `[sim] expected to write ${path}, got: ${reason}. Nothing was changed; free some space, or choose another folder`,
      { cause },
    );
  }
}

/** Returns once the content is on the disk, and no longer only on its way. */
async function writeThrough(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
