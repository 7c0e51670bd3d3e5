import { readFile, stat } from 'node:fs/promises';
import { SimError } from '../../errors.ts';
import type { SweepRow } from '../../sweep/sweep-row.ts';

/** The first line of a file of results: whose they are. */
export interface SweepHeader {
  /** Tells files of results from others. */
  readonly refrain: 'sweep';
  readonly version: 1;
  /** Of policies, recordings and costs. */
  readonly fingerprint: string;
  readonly policies: number;
  readonly recordings: readonly { readonly model: string; readonly label: string; readonly steps: number }[];
}

/** What stands in a file of results. */
export interface SweepFile {
  /** Undefined in a file that ends before its first line does. */
  readonly header: SweepHeader | undefined;
  readonly rows: readonly SweepRow[];
  /** Bytes up to the end of the last whole line: what comes after it was torn. */
  readonly wholeBytes: number;
  /** What was torn. */
  readonly torn: string;
}

const LINE_BREAK = 10;

/**
 * Reads a file of results; a last line that was not finished is left out.
 *
 * @param path - of the file
 * @returns undefined if there is none
 * @throws SimError `SWEEP_MISMATCH` when it is no file of results, `READ_FAILED`
 */
export async function readSweepFile(path: string): Promise<SweepFile | undefined> {
  const bytes = await readBytes(path);
  if (!bytes) return undefined;
  const rows: SweepRow[] = [];
  let header: SweepHeader | undefined;
  let start = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, start)) {
    const line = parse(bytes.toString('utf8', start, end));
    if (start === 0) header = requireHeader(line, path);
    else if (isRow(line)) rows.push(line);
    else throw foreign(path, `its line ${rows.length + 2} is no result`);
    start = end + 1;
  }
  return { header, rows, wholeBytes: start, torn: bytes.toString('utf8', start) };
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  try {
    // What is no file, such as a device, holds no results, and may have no end.
    return (await stat(path)).isFile() ? await readFile(path) : undefined;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError('READ_FAILED', `[sim] sweep: expected to read ${path}, got: ${reason}`, { cause });
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function requireHeader(line: unknown, path: string): SweepHeader {
  const header = line as Partial<SweepHeader> | null | undefined;
  if (header?.refrain !== 'sweep') throw foreign(path, 'its first line does not say so');
  if (header.version !== 1) throw foreign(path, `it is of version ${String(header.version)}, and 1 is known`);
  return header as SweepHeader;
}

function isRow(line: unknown): line is SweepRow {
  const row = line as Partial<SweepRow> | null | undefined;
  return typeof row?.policy === 'string' && Number.isInteger(row.recording);
}

function foreign(path: string, why: string): SimError {
  return new SimError(
    'SWEEP_MISMATCH',
    `[sim] sweep: expected results of a sweep in ${path}, got something else: ${why}. Choose another file`,
  );
}
