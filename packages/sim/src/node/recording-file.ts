import { readFile } from 'node:fs/promises';
import { SimError } from '../errors.ts';
import { readRecording } from '../recording/file/read-recording.ts';
import { writeRecording } from '../recording/file/write-recording.ts';
import type { Recording } from '../recording/recording.ts';
import { isParquet, recordingFromParquet, recordingToParquet } from './recording-parquet.ts';
import { writeAtomically } from './write-atomically.ts';

/**
 * Saves a recording: as Parquet where the name ends with `.parquet`, else as the safetensors file that
 * {@link writeRecording} makes. A reader never sees half a file.
 *
 * @param path - of the file; its folder must exist
 * @param recording - of one run
 * @throws SimError `RECORDING_BROKEN`, `RECORDING_NOT_FINITE` when it could not be read back; `WRITE_FAILED` with the
 * system's error as its cause (a full disk), and then the file is as it was before
 *
 * @example
 * ```ts
 * await saveRecording('still-lake.safetensors', recording);
 * ```
 */
export async function saveRecording(path: string, recording: Recording): Promise<void> {
  const isTable = path.toLowerCase().endsWith('.parquet');
  await writeAtomically(path, isTable ? recordingToParquet(recording) : writeRecording(recording));
}

/**
 * Loads a recording, from safetensors or from Parquet: the content tells which, whatever the name is.
 *
 * @param path - of the file
 * @throws SimError `READ_FAILED` with the system's error as its cause when the file is not there; what
 * `readRecording` and {@link recordingFromParquet} throw, with the path in the message
 *
 * @example
 * ```ts
 * const recording = await loadRecording('still-lake.safetensors');
 * ```
 */
export async function loadRecording(path: string): Promise<Recording> {
  const bytes = await readBytes(path);
  try {
    return isParquet(bytes) ? await recordingFromParquet(bytes) : readRecording(bytes);
  } catch (cause) {
    if (!(cause instanceof SimError)) throw cause;
    throw new SimError(cause.code, `[sim] ${path}: ${cause.message.replace('[sim] ', '')}`, { cause });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'READ_FAILED',
      `[sim] expected a recording at ${path}, got: ${reason}. Record one with saveRecording, or correct the path`,
      { cause },
    );
  }
}
