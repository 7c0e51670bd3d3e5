import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kinds } from './cases/index.ts';
import { FileError, readCases, type FileEntry } from './files.ts';
import { linesOf, summaryOf } from './print.ts';
import { runCase, type Result } from './run-case.ts';

/** Where the program writes, and where it looks for files. */
export interface Surroundings {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Folders in which a path is looked for, in order. */
  readonly folders: readonly string[];
}

/** What came of a file. */
interface FileResult {
  readonly file: string;
  readonly cases: readonly Result[];
  /** Why it could not be read. */
  readonly error?: string;
}

const USAGE = `Usage: npm run parity -- [FILE…] [--json]

Runs the cases of parity files through the executor and the policies of @refrain/core, and compares what they decide with
what the files say. Without a file: all files in parity/data.

  --json      one JSON object instead of lines
  --help      this text

Prints "ok <name>" for each case, or what was expected and what came. Exit code: 0 when all cases agree, 1 when one does
not, 2 when a file cannot be read or the call is wrong.

Kinds of cases, recognised by their content:
${kinds.map(({ name, source }) => `  ${name.padEnd(24)} ${source}`).join('\n')}`;

/**
 * The program.
 *
 * @returns its exit code
 */
export async function program(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, folders } = surroundings;
  const called = parse(argv);
  if (typeof called === 'string') {
    err(`${called}\n\n${USAGE}`);
    return 2;
  }
  if (called.help) {
    out(USAGE);
    return 0;
  }
  const files =
    called.files.length > 0 ? called.files.map((file) => locate(file, folders)) : ownFiles(folders);
  const results: FileResult[] = [];
  for (const file of files) {
    const result = await runFile(file);
    results.push(result);
    if (!called.json) print(result, files.length > 1, surroundings);
  }
  conclude(results, called.json, out);
  if (results.some(({ error }) => error !== undefined)) return 2;
  return results.every(({ cases }) => cases.every(({ ok }) => ok)) ? 0 : 1;
}

/** The cases of a file, one after the other. */
async function runFile(file: string): Promise<FileResult> {
  let entries: readonly FileEntry[];
  try {
    entries = readCases(file);
  } catch (error) {
    if (error instanceof FileError) return { file, cases: [], error: error.message };
    throw error;
  }
  const cases: Result[] = [];
  for (const entry of entries) cases.push(await runEntry(entry));
  return { file, cases };
}

/** Runs an entry of a file; one that is no case fails. */
export async function runEntry(entry: FileEntry): Promise<Result> {
  if (!('problem' in entry)) return runCase(entry, kinds);
  const { name, problem } = entry;
  return { name, kind: null, policy: null, ok: false, differences: [], error: problem };
}

function parse(argv: readonly string[]): { files: string[]; json: boolean; help: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return { files: positionals, json: values.json, help: values.help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function locate(file: string, folders: readonly string[]): string {
  const places = folders.map((folder) => resolve(folder, file));
  return places.find((place) => existsSync(place)) ?? places[0] ?? file;
}

function ownFiles([folder = '.']: readonly string[]): readonly string[] {
  const data = fileURLToPath(new URL('../data', import.meta.url));
  const names = readdirSync(data).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => relative(folder, join(data, name)));
}

function print({ file, cases, error }: FileResult, titled: boolean, { out, err }: Surroundings): void {
  if (titled) out(`# ${file}`);
  if (error !== undefined) err(error);
  for (const result of cases) for (const line of linesOf(result)) out(line);
}

function conclude(results: readonly FileResult[], json: boolean, out: (line: string) => void): void {
  const all = results.flatMap(({ cases }) => cases);
  if (!json) return out(summaryOf(all));
  const ok = all.filter((result) => result.ok).length;
  out(JSON.stringify({ ok, failed: all.length - ok, files: results }, null, 2));
}
