import { open, type FileHandle } from 'node:fs/promises';
import { SimError } from '../../errors.ts';

/** A file that lines are added to. */
export interface SweepLog {
  /**
   * Adds text. Once this is done a crash of the program does not lose it; a loss of power may lose the last second.
   *
   * @throws SimError `WRITE_FAILED`
   */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** What a log needs of a file. */
export type LogFile = Pick<FileHandle, 'appendFile' | 'datasync' | 'close'>;

/** From the system's cache to the disk so often. */
const SYNC_MILLISECONDS = 1000;

/**
 * Opens a file to add lines to.
 *
 * @param path - of the file; its folder must exist
 * @param keep - so many bytes of what is there stay
 * @throws SimError `WRITE_FAILED`
 */
export async function openSweepLog(path: string, keep: number): Promise<SweepLog> {
  return logInto(path, async () => {
    const file = await open(path, 'a');
    // What cannot be cut, such as a pipe, has nothing in it.
    if ((await file.stat()).size > keep) await file.truncate(keep);
    return file;
  });
}

/**
 * A log that writes to what `openFile` gives.
 *
 * @param path - for messages
 * @param openFile - opens the file
 */
export async function logInto(path: string, openFile: () => Promise<LogFile>): Promise<SweepLog> {
  const file = await guarded(path, openFile);
  let last: Promise<void> = Promise.resolve();
  let synced = performance.now();
  const add = async (text: string): Promise<void> => {
    await file.appendFile(text);
    if (performance.now() - synced < SYNC_MILLISECONDS) return;
    await sync(file);
    synced = performance.now();
  };
  return {
    append(text) {
      // One after the other: lines of two batches must not mix. What follows a failure fails with it.
      last = last.then(() => guarded(path, () => add(text)));
      return last;
    },
    async close() {
      try {
        await last.then(() => guarded(path, () => sync(file)));
      } finally {
        await file.close();
      }
    },
  };
}

/** Some files, such as pipes, have no disk under them. */
async function sync(file: LogFile): Promise<void> {
  await file.datasync().catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP')))
      throw error;
  });
}

async function guarded<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'WRITE_FAILED',
      `[sim] sweep: expected to write ${path}, got: ${reason}. Results that were written before are kept: free some space, ` +
        'then go on with resume',
      { cause },
    );
  }
}
