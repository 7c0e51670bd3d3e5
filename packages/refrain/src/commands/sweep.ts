import { join } from 'node:path';
import type { PolicyFailure, PolicyOutcome } from '@refrain/sim';
import { sweep, type SweepPaths, type SweepResult } from '@refrain/sim/node';
import { commandLine, type CommandContext, type ResultOptions } from '../cli/context.ts';
import { formatDuration } from '../cli/progress.ts';
import { gatherPolicies } from '../cli/prompts.ts';
import type { Terminal } from '../cli/terminal.ts';
import { requireWritable } from '../compare/files.ts';
import { isAbort } from '../compare/stopped.ts';
import { CommandError } from '../errors.ts';
import { costsFor } from '../simulation/costs.ts';
import { designPolicies, type DesignChoice } from '../simulation/design-policies.ts';
import { figureTable } from '../simulation/figure-table.ts';
import { loadRecordings, type NamedRecording } from '../simulation/load-recordings.ts';
import { replayAll } from '../simulation/replay-all.ts';
import { factsOf, figureRowOf, replayColumns, type RecordingFacts } from '../simulation/replay-result.ts';
import { searchReport, someOf, withIdealSpeed } from '../simulation/search-report.ts';
import { openResults, writeJson, writeReport } from './results.ts';

/** Options of `refrain sweep`, as read. */
export interface SweepCommandOptions extends ResultOptions, DesignChoice {
  readonly policy?: readonly string[];
  readonly policies?: string;
  readonly costs: string;
  readonly workers?: number;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly out: string;
}

/** What `refrain sweep --json` writes; all rows are in the files that it names. */
export interface SweepCommandResult {
  /** Version of this format. */
  readonly format: 1;
  readonly recordings: readonly RecordingFacts[];
  readonly files: SweepPaths;
  /** How many policies were replayed on all recordings. */
  readonly policies: number;
  /** How many results were there from an earlier run. */
  readonly resumed: number;
  /** No other policy is as fast with as little drift; the fastest first. */
  readonly front: readonly PolicyOutcome[];
  readonly failures: readonly PolicyFailure[];
}

/** So many policies of the front are shown one by one. */
const SHOWN = 10;

/** `refrain sweep`: many policies on recordings, and which of them no other beats. */
export async function sweeping(
  context: CommandContext,
  paths: readonly string[],
  options: SweepCommandOptions,
): Promise<void> {
  const terminal = await openResults(context, options);
  await requireWritable(options.out);
  const given = await gatherPolicies(options, []);
  const recordings = await loadRecordings(paths);
  const policies =
    given.length > 0
      ? given
      : await designPolicies(
          options,
          recordings.map(({ recording }) => recording),
        );
  terminal.note(`${policies.length} policies on ${recordings.length} recordings`);
  const result = await run(context, terminal, { policies, recordings, options });
  terminal.endProgress();
  requireOutcome(result);
  await tell(context, terminal, { result, recordings, options });
}

interface Work {
  readonly policies: readonly string[];
  readonly recordings: readonly NamedRecording[];
  readonly options: SweepCommandOptions;
}

async function run(
  { signal }: CommandContext,
  terminal: Terminal,
  { policies, recordings, options }: Work,
): Promise<SweepResult> {
  const { out, workers, resume = false, overwrite = false } = options;
  const [first] = recordings;
  const costs = first && options.costs !== 'recorded' ? costsFor(options.costs, first.recording) : undefined;
  try {
    return await sweep({
      policies,
      recordings: recordings.map(({ recording }) => recording),
      file: join(out, 'results.jsonl'),
      resume,
      overwrite,
      signal,
      ...(workers !== undefined && { workers }),
      ...(costs && { costs }),
      onProgress({ done, total, secondsLeft }) {
        const left = secondsLeft === null ? '' : ` · ${formatDuration(secondsLeft)} left`;
        terminal.progress(`${Math.floor((100 * done) / total)} % · ${done} of ${total} replays${left}`);
      },
    });
  } catch (error) {
    terminal.endProgress();
    if (isAbort(error)) terminal.print('stopped before all policies were replayed: go on with --resume');
    throw error;
  }
}

/** @throws CommandError `POLICIES_UNSUITABLE` */
function requireOutcome({ outcomes, failures: [first] }: SweepResult): void {
  if (outcomes.length > 0 || !first) return;
  throw new CommandError(
    'POLICIES_UNSUITABLE',
    `[refrain] no policy could be replayed. ${first.policy}: ${first.message}`,
  );
}

async function tell(
  context: CommandContext,
  terminal: Terminal,
  {
    result,
    recordings,
    options,
  }: Omit<Work, 'policies'> & {
    readonly result: SweepResult;
  },
): Promise<void> {
  const { costs, out } = options;
  const { outcomes, failures, front, files, resumed } = result;
  const shown = someOf(front, SHOWN).map(({ policy }) => policy);
  const outcome = replayAll(shown, recordings, costs);
  const rows = outcome.rows.map(figureRowOf).map(withIdealSpeed);
  terminal.print(`the Pareto front has ${front.length} of ${outcomes.length} policies:\n`);
  terminal.print(`${figureTable(rows, replayColumns)}\n`);
  for (const line of failureLines(failures)) terminal.print(line);
  const kicker = 'sweep of caching policies';
  const command = commandLine(context);
  await writeReport(terminal, join(out, 'report.html'), () =>
    searchReport({ kicker, recordings, outcome, costs, command, tried: outcomes, front }),
  );
  terminal.print(`results: ${files.lines}, ${files.parquet}, ${files.json}`);
  const told: SweepCommandResult = {
    format: 1,
    recordings: recordings.map((named) => factsOf(named, costs)),
    files,
    policies: outcomes.length,
    resumed,
    front,
    failures,
  };
  await writeJson(context, options, told);
}

/** Policies that failed for one reason are counted, and one is named. */
function failureLines(failures: readonly PolicyFailure[]): readonly string[] {
  const byCode = new Map<string, PolicyFailure[]>();
  for (const failure of failures) byCode.set(failure.error, [...(byCode.get(failure.error) ?? []), failure]);
  return [...byCode].flatMap(([code, [first, ...others]]) =>
    first ? [`left out: ${first.policy}${more(others.length)}: ${first.message} (${code})`] : [],
  );
}

function more(count: number): string {
  return count === 0 ? '' : ` and ${count} more`;
}
