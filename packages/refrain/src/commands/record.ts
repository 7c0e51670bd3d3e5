import { join } from 'node:path';
import type { CommandContext, SharedOptions } from '../cli/context.ts';
import { formatDuration, startPace } from '../cli/progress.ts';
import { formatBytes } from '../cli/text-table.ts';
import { defaultPrompts } from '../compare/defaults.ts';
import { requireWritable } from '../compare/files.ts';
import { recordPrompts, type RecordProgress, type RecordPromptsOptions } from '../record/record-prompts.ts';
import { writeJson } from './results.ts';
import { openSession, type Session } from './session.ts';

/** Options of `refrain record`, as read. */
export interface RecordCommandOptions extends SharedOptions {
  readonly stride: number;
  readonly format: RecordPromptsOptions['format'];
  readonly resume?: boolean;
}

/** `refrain record`: a recording of each prompt. */
export async function recording(context: CommandContext, options: RecordCommandOptions): Promise<void> {
  await requireWritable(options.out);
  const session = await openSession(context, [], options, { policies: [], prompts: defaultPrompts });
  const { terminal, pipeline, prompts } = session;
  const { stride, format, out: folder, resume = false } = options;
  const { signal } = context;
  try {
    terminal.note(
      `${pipeline.name} on ${pipeline.provider}: ${prompts.length} prompts, ${session.steps} steps, guidance ${session.guidance}`,
    );
    const index = await recordPrompts(
      pipeline,
      { ...session, stride, format, folder, resume, signal },
      progressOf(session, folder),
    );
    terminal.endProgress();
    if (!index.complete) terminal.print('stopped before all prompts were recorded: go on with --resume');
    if (index.recordings.length > 0) terminal.note(`try: refrain replay ${folder}`);
    await writeJson(context, options, index);
  } finally {
    terminal.endProgress();
    await pipeline.dispose();
  }
  signal.throwIfAborted();
}

function progressOf({ terminal, prompts, steps }: Session, folder: string): RecordProgress {
  const pace = startPace(prompts.length * steps);
  return {
    measured: ({ secondsLeft }) =>
      terminal.progress(`measuring what the parts of the model cost · ${formatDuration(secondsLeft)} left`),
    step(prompt, step) {
      pace.advance(1);
      terminal.progress(`${pace.describe()} · ${prompt} · step ${step + 1}/${steps}`);
    },
    saved: ({ file, bytes, seconds }) =>
      terminal.print(`${join(folder, file)}  ${formatBytes(bytes)}, took ${seconds.toFixed(1)} s`),
    skip(prompt) {
      pace.skip(steps);
      terminal.note(`${prompt}: recorded earlier`);
    },
  };
}
