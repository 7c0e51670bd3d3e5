import { parsePolicy } from '@refrain/core';
import type { CommandContext, ResultOptions } from '../cli/context.ts';
import { gatherPolicies } from '../cli/prompts.ts';
import { defaultPolicies } from '../compare/defaults.ts';
import { writeWhole } from '../compare/files.ts';
import { figureTable, maskTable } from '../simulation/figure-table.ts';
import { loadRecordings } from '../simulation/load-recordings.ts';
import { replayAll } from '../simulation/replay-all.ts';
import { factsOf, figureRowOf, replayColumns, type ReplayResult } from '../simulation/replay-result.ts';
import { replayReport } from '../simulation/replay-report.ts';
import { renderSimulation } from '../simulation-report/render.ts';
import { printFailures, printWarnings, requireAny } from './outcome.ts';
import { openResults, writeJson } from './results.ts';

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
  const chosen = await gatherPolicies(options.policy ?? [], options.policies);
  const policies = new Set((chosen.length > 0 ? chosen : defaultPolicies).map((id) => parsePolicy(id).id));
  const recordings = await loadRecordings(paths);
  const outcome = replayAll([...policies], recordings, costs);
  const rows = outcome.rows.map(figureRowOf);
  requireAny(rows, outcome.failures);
  terminal.print(`${figureTable(rows, replayColumns)}\n\n${maskTable(rows)}\n`);
  printWarnings(terminal, rows);
  printFailures(terminal, outcome.failures);
  if (report !== undefined) {
    const command = ['refrain', ...context.argv].join(' ');
    await writeWhole(report, renderSimulation(replayReport({ recordings, outcome, costs, command })));
    terminal.print(`report: ${report}`);
  }
  const { failures } = outcome;
  const result: ReplayResult = {
    format: 1,
    recordings: recordings.map((named) => factsOf(named, costs)),
    rows: outcome.rows,
    failures,
  };
  await writeJson(context, options, result);
}
