import { join } from 'node:path';
import { commandLine, type CommandContext, type SharedOptions } from '../cli/context.ts';
import { startPace, formatDuration, type Pace } from '../cli/progress.ts';
import { compare } from '../compare/compare.ts';
import type { CompareProgress } from '../compare/options.ts';
import type { Comparison, ComparisonRow } from '../compare/comparison.ts';
import { defaultPolicies, defaultPrompts } from '../compare/defaults.ts';
import { requireWritable } from '../compare/files.ts';
import { renderTable } from '../compare/table.ts';
import { writeJson } from './results.ts';
import { openSession, type Session } from './session.ts';

/** Options of `refrain compare`, as read. */
export interface CompareCommandOptions extends SharedOptions {
  readonly repeats: number;
  readonly resume?: boolean;
}

/** `refrain compare`: the table, the report, the videos. */
export async function comparison(context: CommandContext, options: CompareCommandOptions): Promise<void> {
  const start = performance.now();
  await requireWritable(options.out);
  const session = await openSession(context, [], options, {
    policies: defaultPolicies,
    prompts: defaultPrompts,
  });
  const { terminal, pipeline } = session;
  try {
    terminal.note(
      `${pipeline.name} on ${pipeline.provider}: ${session.prompts.length} prompts × ${session.policies.length} policies, ` +
        `${session.steps} steps, guidance ${session.guidance}`,
    );
    const result = await compare(
      pipeline,
      {
        ...session,
        folder: options.out,
        repeats: options.repeats,
        resume: options.resume === true,
        command: commandLine(context),
        signal: context.signal,
      },
      progressOf(session),
    );
    terminal.endProgress();
    printResult(session, result, options, (performance.now() - start) / 1000);
    await writeJson(context, options, result);
  } finally {
    terminal.endProgress();
    await pipeline.dispose();
  }
  context.signal.throwIfAborted();
}

function progressOf({ terminal, steps }: Session): CompareProgress {
  let pace: Pace = startPace(0);
  return {
    begin(count) {
      pace = startPace(count);
      terminal.progress('measuring what each site costs');
    },
    step(prompt, what, step) {
      pace.advance(1);
      terminal.progress(`${pace.describe()} · ${prompt} · step ${step + 1}/${steps} · ${what}`);
    },
    skip(prompt, count) {
      pace.skip(count);
      terminal.note(`${prompt}: taken from the earlier run`);
    },
  };
}

function printResult(
  { terminal }: Session,
  result: Comparison,
  { out }: CompareCommandOptions,
  seconds: number,
): void {
  if (result.rows.length === 0) {
    terminal.print('stopped before the first prompt was done: nothing was written');
    return;
  }
  terminal.print(`\n${renderTable(result.rows)}\n`);
  for (const line of warningLines(result.rows)) terminal.print(`warning: ${line}`);
  if (!result.complete) terminal.print('stopped before all prompts were done: go on with --resume');
  terminal.print(`report: ${join(out, 'report.html')}   results: ${join(out, 'comparison.json')}`);
  terminal.note(`took ${formatDuration(seconds)}`);
}

function warningLines(rows: readonly ComparisonRow[]): readonly string[] {
  return [
    ...new Set(
      rows.flatMap(({ policy, warnings }) => warnings.map(({ message }) => `${policy}: ${message}`)),
    ),
  ];
}
