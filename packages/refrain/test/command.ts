import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from 'refrain';
import { afterAll } from 'vitest';

/** What a call of the command line gave. */
export interface CommandResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process. */
export async function run(
  argv: readonly string[],
  options: { signal?: AbortSignal; onOut?: (text: string) => void; onErr?: (text: string) => void } = {},
): Promise<CommandResult> {
  let out = '';
  let err = '';
  const exitCode = await main({
    version: '0.0.0',
    argv,
    signal: options.signal ?? new AbortController().signal,
    out: {
      write: (text) => {
        out += text;
        options.onOut?.(text);
      },
    },
    err: {
      write: (text) => {
        err += text;
        options.onErr?.(text);
      },
    },
  });
  return { exitCode, out, err };
}

/** A folder that is removed when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'refrain-test-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
