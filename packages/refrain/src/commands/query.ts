import type { SweepRow } from '@refrain/sim';
import { querySweep, type SweepQuery } from '@refrain/sim/node';
import type { CommandContext, ResultOptions } from '../cli/context.ts';
import { formatBytes, shortened, textTable } from '../cli/text-table.ts';
import { readConditions } from '../simulation/conditions.ts';
import { openResults, writeJson } from './results.ts';

/** Options of `refrain query`, as read. */
export interface QueryCommandOptions extends ResultOptions {
  readonly where?: readonly string[];
  readonly orderBy?: string;
  readonly limit: number;
}

const headings = ['policy', 'recording', 'reuse', 'speed-up', 'drift', 'held'];

/** `refrain query`: asks the results of a sweep, also of one that is not finished. */
export async function querying(
  context: CommandContext,
  file: string,
  options: QueryCommandOptions,
): Promise<void> {
  const { where = [], orderBy, limit } = options;
  const terminal = await openResults(context, options);
  const rows = await querySweep(file, {
    where: readConditions(where),
    limit,
    // Which fields there are, the query knows.
    ...(orderBy !== undefined && { orderBy: orderBy as NonNullable<SweepQuery['orderBy']> }),
  });
  terminal.print(rows.length === 0 ? 'no rows' : textTable(headings, rows.map(cells), 2));
  await writeJson(context, options, { format: 1, rows });
}

function cells(row: SweepRow): readonly string[] {
  const { policy, label, recording, reuseRate, speedup, drift, bytesHeld, error } = row;
  const name = label === '' ? String(recording) : label;
  if (error !== null) return [shortened(policy), name, error, '', '', ''];
  return [
    shortened(policy),
    name,
    reuseRate === null ? '' : `${(reuseRate * 100).toFixed(1)} %`,
    speedup === null ? 'no costs' : `${speedup.toFixed(2)}×`,
    drift === null ? 'unknown' : String(Number(drift.toPrecision(3))),
    bytesHeld === null ? '' : formatBytes(bytesHeld),
  ];
}
