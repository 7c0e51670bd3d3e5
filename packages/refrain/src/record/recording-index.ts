import { join } from 'node:path';
import { readIfThere, writeWhole } from '../compare/files.ts';
import { requireSame } from '../compare/same-settings.ts';
import type { Environment } from '../compare/comparison.ts';
import { CommandError } from '../errors.ts';

/** What must be equal for recordings to belong into one folder. */
export type RecordingSettings = {
  readonly model: string;
  /** Checksum of the model's graphs. */
  readonly fingerprint: string;
  readonly steps: number;
  readonly guidance: number;
  readonly shift: number;
  readonly seed: number;
  readonly stride: number;
  readonly provider: string;
  readonly threads: number;
  readonly refrain: string;
  readonly cpu: string;
  readonly runtime: string;
};

/** One finished recording. */
export interface RecordedPrompt {
  readonly prompt: string;
  /** Name in the folder of the index. */
  readonly file: string;
  readonly bytes: number;
  /** Seconds of the recorded generation, which looks at everything and takes longer than a plain one. */
  readonly seconds: number;
}

/** What `refrain record --json` writes, and `recordings.json` next to the recordings. */
export interface RecordingIndex {
  /** Version of this format. */
  readonly format: 1;
  readonly settings: RecordingSettings;
  readonly environment: Environment;
  /** False when the run was stopped before all prompts were recorded. */
  readonly complete: boolean;
  readonly recordings: readonly RecordedPrompt[];
}

/** Writes the list of recordings into their folder. */
export function saveIndex(folder: string, index: RecordingIndex): Promise<void> {
  return writeWhole(pathOf(folder), `${JSON.stringify(index, null, 2)}\n`);
}

/**
 * The prompts that earlier runs recorded into a folder. All recordings of a folder have the same settings, so that a sweep
 * over the folder compares like with like.
 *
 * @throws CommandError `RESUME_MISMATCH` for other settings, `RESUME_UNREADABLE`
 */
export async function loadIndex(
  folder: string,
  settings: RecordingSettings,
): Promise<readonly RecordedPrompt[]> {
  const index = await readIndex(folder);
  if (!index) return [];
  requireSame(index.settings, settings, folder, 'recordings', 'use the same settings or another --out');
  return index.recordings;
}

/**
 * The list of recordings of a folder; undefined if there is none.
 *
 * @throws CommandError `RESUME_UNREADABLE`
 */
export async function readIndex(folder: string): Promise<RecordingIndex | undefined> {
  const text = await readIfThere(pathOf(folder));
  return text === undefined ? undefined : parseIndex(text, pathOf(folder));
}

function pathOf(folder: string): string {
  return join(folder, 'recordings.json');
}

function parseIndex(text: string, path: string): RecordingIndex {
  let cause: unknown;
  try {
    const index = JSON.parse(text) as Partial<RecordingIndex> | null;
    if (index?.format === 1 && index.settings && Array.isArray(index.recordings))
      return index as RecordingIndex;
  } catch (error) {
    cause = error;
  }
  throw new CommandError(
    'RESUME_UNREADABLE',
    `[refrain] ${path} is no list of recordings: delete it, or use another --out`,
    { cause },
  );
}
