import { parquetWriteBuffer, type BasicType } from 'hyparquet-writer';
import type { SweepRow } from '../../sweep/sweep-row.ts';
import type { Outcomes, PolicyOutcome } from '../../sweep/outcome.ts';
import { writeAtomically } from '../write-atomically.ts';
import type { SweepHeader } from './sweep-file.ts';

/** The columns of a table of results: the fields of a row. */
export const sweepColumns: Readonly<Record<keyof SweepRow, BasicType>> = {
  policy: 'STRING',
  recording: 'INT32',
  label: 'STRING',
  granularity: 'STRING',
  reuseRate: 'DOUBLE',
  seconds: 'DOUBLE',
  plainSeconds: 'DOUBLE',
  speedup: 'DOUBLE',
  drift: 'DOUBLE',
  bytesHeld: 'DOUBLE',
  error: 'STRING',
  message: 'STRING',
};

/** Where the results of a sweep lie. */
export interface SweepPaths {
  /** JSON lines, written as the sweep goes. */
  readonly lines: string;
  /** All rows as a table, written at the end. */
  readonly parquet: string;
  /** All rows, outcomes and the Pareto front as one JSON text, written at the end. */
  readonly json: string;
}

/** Paths beside that of the lines, by other endings. */
export function pathsOf(lines: string): SweepPaths {
  const stem = lines.replace(/\.(jsonl|ndjson)$/, '');
  return { lines, parquet: `${stem}.parquet`, json: `${stem}.json` };
}

/** Rows as a Parquet table. */
export function rowsToParquet(rows: readonly SweepRow[]): ArrayBuffer {
  const names = Object.keys(sweepColumns) as (keyof SweepRow)[];
  return parquetWriteBuffer({
    columnData: names.map((name) => ({
      name,
      type: sweepColumns[name],
      nullable: true,
      data: rows.map((row) => row[name]),
    })),
  });
}

/**
 * Writes what a finished sweep leaves.
 *
 * @throws SimError `WRITE_FAILED`
 */
export async function writeSweepFiles(
  paths: SweepPaths,
  header: SweepHeader,
  results: Outcomes & { readonly rows: readonly SweepRow[]; readonly front: readonly PolicyOutcome[] },
): Promise<void> {
  const { rows, outcomes, failures, front } = results;
  await writeAtomically(paths.parquet, new Uint8Array(rowsToParquet(rows)));
  const content = { sweep: header, front: front.map(({ policy }) => policy), outcomes, failures, rows };
  await writeAtomically(paths.json, `${JSON.stringify(content)}\n`);
}
