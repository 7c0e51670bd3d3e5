import { readFile } from 'node:fs/promises';
import { parquetQuery } from 'hyparquet';
import { SimError } from '../../errors.ts';
import type { SweepRow } from '../../sweep/sweep-row.ts';
import { isParquet } from '../recording-parquet.ts';
import { readSweepFile } from './sweep-file.ts';
import { rowsToParquet, sweepColumns } from './sweep-files.ts';

/** What a field of a row is compared with: a value that it equals, or one or more comparisons that all hold. */
export type SweepCondition =
  | string
  | number
  | null
  | {
      readonly $gt?: number | string;
      readonly $gte?: number | string;
      readonly $lt?: number | string;
      readonly $lte?: number | string;
      readonly $ne?: number | string | null;
      readonly $in?: readonly (number | string | null)[];
      readonly $nin?: readonly (number | string | null)[];
    };

/** Which rows are wanted, in which order. */
export interface SweepQuery {
  /** Conditions on fields that all hold: `{ drift: { $lt: 0.05 }, granularity: 'block', error: null }`. Null is less than nothing. */
  readonly where?: { readonly [Field in keyof SweepRow]?: SweepCondition };
  /** A field, or a field after a minus for the greatest first. Rows without it come last. */
  readonly orderBy?: keyof SweepRow | `-${keyof SweepRow}`;
  /** At most so many rows. */
  readonly limit?: number;
}

/**
 * Asks a file of results, also of a sweep that is not finished.
 *
 * @param file - the Parquet file, or the JSON lines
 * @param query - which rows, in which order
 * @throws SimError `SWEEP_MISMATCH` when it is no file of results, `READ_FAILED`, `OPTION_INVALID` for a field that rows do not
 * have
 *
 * @example
 * ```ts
 * const rows = await querySweep('results.parquet', {
 *   where: { drift: { $lt: 0.05 } },
 *   orderBy: '-speedup',
 *   limit: 10,
 * });
 * ```
 */
export async function querySweep(file: string, query: SweepQuery = {}): Promise<readonly SweepRow[]> {
  const { where = {}, orderBy, limit = Infinity } = query;
  for (const name of Object.keys(where)) requireField(name);
  const rows = await readRows(file, where);
  return (orderBy === undefined ? rows : sorted(rows, orderBy)).slice(0, limit);
}

/** Lines are made a table first: there is one kind of condition. */
async function readRows(path: string, where: SweepQuery['where'] & object): Promise<readonly SweepRow[]> {
  const file = await readTable(path);
  try {
    const rows = await parquetQuery({
      file,
      columns: Object.keys(sweepColumns),
      ...(Object.keys(where).length > 0 && { filter: conditions(where) }),
    });
    return rows.map((row) => ({ ...row }) as SweepRow);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'SWEEP_MISMATCH',
      `[sim] querySweep: expected results of a sweep in ${path}, got something else: ${reason}`,
      { cause },
    );
  }
}

async function readTable(path: string): Promise<ArrayBuffer> {
  if (path.toLowerCase().endsWith('.parquet')) return readParquet(path);
  const found = await readSweepFile(path);
  if (!found) throw notThere(path, undefined);
  return rowsToParquet(found.rows);
}

async function readParquet(path: string): Promise<ArrayBuffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw notThere(path, cause);
  });
  if (isParquet(bytes)) return new Uint8Array(bytes).buffer;
  throw new SimError(
    'SWEEP_MISMATCH',
    `[sim] querySweep: expected a Parquet file at ${path}, got something else`,
  );
}

type Operators = Exclude<SweepCondition, string | number | null>;

/** Values are what fields equal. */
function conditions(where: SweepQuery['where'] & object): Record<string, object> {
  return Object.fromEntries(
    Object.entries(where).map(([name, condition]): [string, Operators | { $eq: SweepCondition }] => [
      name,
      typeof condition === 'object' && condition !== null ? condition : { $eq: condition },
    ]),
  );
}

function sorted(rows: readonly SweepRow[], orderBy: SweepQuery['orderBy'] & string): readonly SweepRow[] {
  const descending = orderBy.startsWith('-');
  const name = requireField(descending ? orderBy.slice(1) : orderBy);
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [first, second] = [a[name], b[name]];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return first < second ? -sign : first > second ? sign : 0;
  });
}

function requireField(name: string): keyof SweepRow {
  if (Object.hasOwn(sweepColumns, name)) return name as keyof SweepRow;
  throw new SimError(
    'OPTION_INVALID',
    `[sim] querySweep: expected one of the fields ${Object.keys(sweepColumns).join(', ')}, got ${name}`,
  );
}

function notThere(path: string, cause: unknown): SimError {
  const reason = cause instanceof Error ? cause.message : 'there is no such file';
  return new SimError('READ_FAILED', `[sim] querySweep: expected results at ${path}, got: ${reason}`, {
    cause,
  });
}
