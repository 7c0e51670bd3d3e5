import { SimError } from '../../errors.ts';
import type { SweepRow } from '../../sweep/sweep-row.ts';
import { readSweepFile, type SweepFile, type SweepHeader } from './sweep-file.ts';

/** What an earlier run has left in a file. */
export interface PriorRows {
  readonly rows: readonly SweepRow[];
  /** So many bytes of the file stay: header and rows. */
  readonly bytes: number;
}

/** What is to happen with a file that is there already. */
export interface PriorOptions {
  readonly file: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
}

/**
 * What an earlier run of the same sweep has written.
 *
 * @throws SimError `SWEEP_MISMATCH` when the file has something else, or anything at all without `resume` or `overwrite`
 */
export async function priorRows(
  { file, resume = false, overwrite = false }: PriorOptions,
  header: SweepHeader,
): Promise<PriorRows> {
  if (resume && overwrite)
    throw new SimError('OPTION_INVALID', '[sim] sweep: resume and overwrite: expected one of both, got both');
  const nothing = { rows: [], bytes: 0 };
  if (overwrite) return nothing;
  const found = await readSweepFile(file);
  if (!found || (found.wholeBytes === 0 && found.torn === '')) return nothing;
  if (!resume)
    throw mismatch(
      file,
      'is there already',
      'go on with resume, replace it with overwrite, or choose another file',
    );
  if (!found.header) return isTornHeader(found, header) ? nothing : refuse(file);
  if (found.header.fingerprint !== header.fingerprint) return refuse(file);
  return { rows: found.rows, bytes: found.wholeBytes };
}

/** A crash in the very first moment leaves a part of the first line. */
function isTornHeader({ torn }: SweepFile, header: SweepHeader): boolean {
  return JSON.stringify(header).startsWith(torn);
}

function refuse(file: string): never {
  throw mismatch(
    file,
    'has results of other policies, recordings or costs',
    'choose another file, or replace it with overwrite',
  );
}

/** A file of results does not go with the sweep. */
export function mismatch(file: string, what: string, todo: string): SimError {
  return new SimError('SWEEP_MISMATCH', `[sim] sweep: ${file} ${what}: ${todo}`);
}
