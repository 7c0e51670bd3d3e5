import { commandLine, type CommandContext, type ResultOptions } from '../cli/context.ts';
import { gatherPolicies } from '../cli/prompts.ts';
import { defaultPolicies } from '../compare/defaults.ts';
import { figureTable, maskTable } from '../simulation/figure-table.ts';
import { loadRecordings } from '../simulation/load-recordings.ts';
import { replayAll } from '../simulation/replay-all.ts';
import { replayReport } from '../simulation/replay-report.ts';
import { factsOf, figureRowOf, replayColumns, type ReplayResult } from '../simulation/replay-result.ts';
import { printFailures, printWarnings, requireAny } from './outcome.ts';
import { openResults, writeJson, writeReport } from './results.ts';

/** Options of `refrain replay`, as read. */
export interface ReplayCommandOptions extends ResultOptions {
  readonly policy?: readonly string[];
  readonly policies?: string;
  readonly costs: string;
  readonly report?: string;
}

/** `refrain replay`: what policies would do in recorded runs. */
export async function replaying(
  context: CommandContext,
  paths: readonly string[],
  options: ReplayCommandOptions,
): Promise<void> {
  const { costs, report } = options;
  const terminal = await openResults(context, options, [report]);
  const policies = await gatherPolicies(options, defaultPolicies);
  const recordings = await loadRecordings(paths);
  const outcome = replayAll(policies, recordings, costs);
  const rows = outcome.rows.map(figureRowOf);
  requireAny(rows, outcome.failures);
  terminal.print(`${figureTable(rows, replayColumns)}\n\n${maskTable(rows)}\n`);
  printWarnings(terminal, rows);
  printFailures(terminal, outcome.failures);
  const command = commandLine(context);
  await writeReport(terminal, report, () => replayReport({ recordings, outcome, costs, command }));
  const result: ReplayResult = {
    format: 1,
    recordings: recordings.map((named) => factsOf(named, costs)),
    rows: outcome.rows,
    failures: outcome.failures,
  };
  await writeJson(context, options, result);
}
