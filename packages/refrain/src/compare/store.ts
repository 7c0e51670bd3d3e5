import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import type { PromptReport } from '../report/report-data.ts';
import type { ComparisonRow } from './comparison.ts';
import { fileName, readIfThere, removeFolder, writeWhole } from './files.ts';
import { requireSame } from './same-settings.ts';

/** What must be equal for rows to belong into one comparison. */
export type ComparisonSettings = {
  readonly model: string;
  readonly steps: number;
  readonly guidance: number;
  readonly shift: number;
  readonly seed: number;
  readonly repeats: number;
  readonly provider: string;
  readonly threads: number;
  /** Checksum of the model's graphs. */
  readonly fingerprint: string;
  readonly refrain: string;
  readonly cpu: string;
  readonly runtime: string;
};

/** Everything that is finished about one prompt. */
export interface FinishedPrompt {
  readonly prompt: string;
  /** Ids of the policies, in the order of the rows. */
  readonly policies: readonly string[];
  readonly rows: readonly ComparisonRow[];
  readonly report: PromptReport;
}

interface StoredPrompt extends FinishedPrompt {
  readonly format: 1;
  readonly settings: ComparisonSettings;
}

/** Where a comparison keeps finished prompts, so that a stopped one can go on. */
export interface ComparisonStore {
  /** Forgets what an earlier run left: a fresh comparison must not be resumed with its rows. */
  clear(): Promise<void>;
  /** Keeps a finished prompt. */
  save(finished: FinishedPrompt): Promise<void>;
  /**
   * A prompt that was finished earlier with the same settings and policies; undefined if there is none.
   *
   * @throws CommandError `RESUME_MISMATCH` when it was finished with other settings, `RESUME_UNREADABLE`
   */
  load(prompt: string, policies: readonly string[]): Promise<FinishedPrompt | undefined>;
}

/** Opens the store in an output folder. */
export function openStore(folder: string, settings: ComparisonSettings): ComparisonStore {
  const pathOf = (prompt: string): string => join(folder, 'parts', `${fileName(prompt)}.json`);
  return {
    clear: () => removeFolder(join(folder, 'parts')),
    async save(finished) {
      const stored: StoredPrompt = { format: 1, settings, ...finished };
      await writeWhole(pathOf(finished.prompt), JSON.stringify(stored));
    },
    async load(prompt, policies) {
      const text = await readIfThere(pathOf(prompt));
      if (text === undefined) return undefined;
      const stored = readStored(text, pathOf(prompt));
      requireSame(
        stored.settings,
        settings,
        folder,
        'a comparison',
        'use the same settings, another --out, or no --resume',
      );
      return stored.prompt === prompt && stored.policies.join('\n') === policies.join('\n')
        ? stored
        : undefined;
    },
  };
}

function readStored(text: string, path: string): StoredPrompt {
  try {
    const stored = JSON.parse(text) as Partial<StoredPrompt> | null;
    if (
      stored?.format === 1 &&
      stored.settings &&
      stored.report &&
      Array.isArray(stored.rows) &&
      stored.rows.every(isRow) &&
      stored.policies
    )
      return stored as StoredPrompt;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
}

/** Null stands for NaN in JSON, and only PSNR may be null. */
function isRow(row: ComparisonRow): boolean {
  const { seconds, plainSeconds, speedup, idealSpeedup, ssim, reuseRate, bytesHeld, indicatorSeconds } = row;
  return [seconds, plainSeconds, speedup, idealSpeedup, ssim, reuseRate, bytesHeld, indicatorSeconds].every(
    Number.isFinite,
  );
}

function unreadable(path: string, cause: unknown): CommandError {
  return new CommandError(
    'RESUME_UNREADABLE',
    `[refrain] ${path} is not a finished part of a comparison: delete it, or start without --resume`,
    { cause },
  );
}
