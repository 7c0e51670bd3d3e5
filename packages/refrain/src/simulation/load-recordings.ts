import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import type { Recording } from '@refrain/sim';
import { loadRecording } from '@refrain/sim/node';
import { CommandError } from '../errors.ts';

/** A recording, and how it is called on the command line. */
export interface NamedRecording {
  readonly file: string;
  /** Its label; the name of its file where it has none, or shares it with another. */
  readonly name: string;
  readonly recording: Recording;
}

const endings = ['.safetensors', '.parquet'];

/**
 * Loads recordings.
 *
 * @param paths - files, or folders whose recordings are meant
 * @throws CommandError `RECORDINGS_UNREADABLE` for a path that is not there, or a folder without recordings
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`, `RECORDING_NOT_FINITE`, naming the file
 */
export async function loadRecordings(paths: readonly string[]): Promise<readonly NamedRecording[]> {
  const files = new Map<string, string>();
  for (const path of paths) for (const file of await filesOf(path)) files.set(resolve(file), file);
  const loaded: { file: string; recording: Recording }[] = [];
  for (const file of files.values()) loaded.push({ file, recording: await loadRecording(file) });
  return loaded.map(({ file, recording }) => {
    const { label } = recording;
    const unique = loaded.filter((other) => other.recording.label === label).length === 1;
    return { file, recording, name: label !== '' && unique ? label : basename(file, extname(file)) };
  });
}

async function filesOf(path: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    names = await readdir(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`cannot read ${path}: ${reason}`, cause);
  }
  const files = names.filter((name) => endings.includes(extname(name).toLowerCase())).toSorted();
  if (files.length === 0) throw unreadable(`${path} has no recordings (${endings.join(' or ')})`);
  return files.map((name) => join(path, name));
}

function unreadable(what: string, cause?: unknown): CommandError {
  return new CommandError(
    'RECORDINGS_UNREADABLE',
    `[refrain] ${what}. Make recordings with "refrain record"`,
    { cause },
  );
}
