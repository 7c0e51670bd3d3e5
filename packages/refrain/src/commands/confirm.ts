import type { CommandContext } from '../cli/context.ts';
import { startPace, type Pace } from '../cli/progress.ts';
import type { Terminal } from '../cli/terminal.ts';
import { currentLoad, describeEnvironment } from '../compare/environment.ts';
import { openPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import type { NamedRecording } from '../simulation/load-recordings.ts';
import { confirm, type ConfirmedRow, type ConfirmProgress } from '../tune/confirm.ts';
import { runOfRecordings, type RecordedRun } from '../tune/run-of-recordings.ts';
import type { Confirmation } from '../tune/tune-result.ts';

/** Options of runs on the model, as read. */
export interface ConfirmCommandOptions {
  readonly repeats: number;
  readonly shift?: number;
  readonly noiseSeed?: number;
  readonly model?: string;
  readonly provider: readonly string[];
  readonly threads: number;
}

/** What is confirmed. */
interface Work {
  readonly policies: readonly string[];
  readonly recordings: readonly NamedRecording[];
  readonly options: ConfirmCommandOptions;
}

/** What came of it, and how it was made. */
export interface ConfirmedRun {
  readonly rows: readonly ConfirmedRow[];
  readonly made: Omit<Confirmation, 'policies'>;
}

/** Runs policies on the model, on the prompts of the recordings. */
export async function confirmOnModel(
  { signal }: CommandContext,
  terminal: Terminal,
  { policies, recordings, options }: Work,
): Promise<ConfirmedRun> {
  const { model, provider, threads, repeats, shift, noiseSeed } = options;
  const pipeline = await openPipeline({
    ...(model !== undefined && { model }),
    providers: provider,
    threads,
  });
  const loadAtStart = currentLoad();
  try {
    const run = await runOfRecordings(pipeline, recordings, {
      ...(shift !== undefined && { shift }),
      ...(noiseSeed !== undefined && { noiseSeed }),
    });
    await requirePrompts(pipeline, run);
    const progress = progressOf(terminal, run);
    const rows = await confirm(pipeline, { ...run, policies, repeats, signal }, progress);
    terminal.endProgress();
    const made = {
      model: pipeline.name,
      run,
      repeats,
      environment: describeEnvironment(pipeline, threads, loadAtStart),
      complete: rows.length === policies.length * run.prompts.length,
    };
    return { rows, made };
  } finally {
    terminal.endProgress();
    await pipeline.dispose();
  }
}

/** Every mistake shows before the first step. */
async function requirePrompts(pipeline: Pipeline, { prompts }: RecordedRun): Promise<void> {
  for (const prompt of prompts) await pipeline.embed(prompt);
}

function progressOf(terminal: Terminal, { steps }: RecordedRun): ConfirmProgress {
  let pace: Pace = startPace(0);
  return {
    begin(count) {
      pace = startPace(count);
      terminal.progress('measuring what the parts of the model cost');
    },
    step(prompt, what, step) {
      pace.advance(1);
      terminal.progress(`${pace.describe()} · ${prompt} · step ${step + 1}/${steps} · ${what}`);
    },
  };
}
