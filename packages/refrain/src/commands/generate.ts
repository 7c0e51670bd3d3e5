import { join } from 'node:path';
import { parsePolicy, type RunReport } from '@refrain/core';
import type { CommandContext, SharedOptions } from '../cli/context.ts';
import { startPace } from '../cli/progress.ts';
import { formatBytes } from '../cli/text-table.ts';
import { fileName, requireWritable, writeWhole } from '../compare/files.ts';
import { encodeVideo, videoFormats, type VideoFormat } from '../compare/videos.ts';
import { CommandError } from '../errors.ts';
import { carryThrough, embedBranches, requireFinite, startCached } from '../pipeline/generation.ts';
import { writeJson } from './results.ts';
import { openSession, type Session } from './session.ts';

/** Options of `refrain generate`, as read. */
export interface GenerateOptions extends SharedOptions {
  readonly format: VideoFormat;
}

/** One generated video, as `--json` tells it. */
interface GeneratedVideo {
  readonly prompt: string;
  readonly policy: string;
  readonly file: string;
  readonly seconds: number;
  readonly report: RunReport;
}

/** `refrain generate`: a video for each prompt and policy. */
export async function generation(
  context: CommandContext,
  given: readonly string[],
  options: GenerateOptions,
): Promise<void> {
  if (given.length + (options.prompt?.length ?? 0) === 0 && options.prompts === undefined)
    throw new CommandError(
      'OPTION_INVALID',
      '[refrain] generate needs a prompt, for example: refrain generate "large red circle bounce fast black"',
    );
  const session = await openSession(context, given, options, { policies: ['never'], prompts: [] });
  const results: GeneratedVideo[] = [];
  const failure = await generateAll(context, session, options, results).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  session.terminal.endProgress();
  await session.pipeline.dispose();
  // What is finished is told also when something broke; the first error is the one to report.
  const { steps, guidance, shift, seed } = session;
  const told = { format: 1, model: session.pipeline.name, steps, guidance, shift, seed, videos: results };
  await writeJson(context, options, told).catch((error: unknown) => {
    if (!failure) throw error;
  });
  if (failure) throw failure.error;
}

async function generateAll(
  context: CommandContext,
  session: Session,
  options: GenerateOptions,
  results: GeneratedVideo[],
): Promise<void> {
  const jobs = session.prompts.flatMap((prompt) => session.policies.map((policy) => ({ prompt, policy })));
  const pathOf = await outputPaths(options, jobs.length);
  const pace = startPace(jobs.length * session.steps);
  for (const { prompt, policy } of jobs) {
    const onStep = (step: number): void => {
      pace.advance(1);
      session.terminal.progress(
        `${prompt} · ${policy} · step ${step + 1}/${session.steps} · ${pace.describe()}`,
      );
    };
    const { video, seconds, report } = await generateOne(session, prompt, policy, context.signal, onStep);
    const file = pathOf(prompt, policy);
    await writeWhole(file, await encodeVideo(video, options.format));
    results.push({ prompt, policy, file, seconds, report });
    session.terminal.print(describe(file, seconds, report));
  }
}

/** One video goes to the file that was named; several, or a folder, get names of their own. */
async function outputPaths(
  { out, format }: GenerateOptions,
  count: number,
): Promise<(prompt: string, policy: string) => string> {
  const isFile = out.toLowerCase().endsWith(`.${format}`);
  const other = videoFormats.find((known) => known !== format && out.toLowerCase().endsWith(`.${known}`));
  if (other)
    throw new CommandError(
      'OPTION_INVALID',
      `[refrain] --out names a .${other} file, but the format is ${format}: add --format ${other}`,
    );
  if (isFile && count > 1)
    throw new CommandError(
      'OPTION_INVALID',
      `[refrain] ${count} videos do not fit into one file: name a folder with --out`,
    );
  await requireWritable(isFile ? join(out, '..') : out);
  if (isFile) return () => out;
  return (prompt, policy) =>
    join(out, `${fileName(`${prompt} ${policy === 'never' ? '' : policy}`)}.${format}`);
}

async function generateOne(
  session: Session,
  prompt: string,
  policy: string,
  signal: AbortSignal,
  onStep: (step: number) => void,
): Promise<{ video: ReturnType<Session['pipeline']['toVideo']>; seconds: number; report: RunReport }> {
  const { pipeline } = session;
  const embeddings = await embedBranches(pipeline, prompt, session.guidance);
  const running = startCached(pipeline, parsePolicy(policy), embeddings, { ...session, signal });
  const report = await carryThrough(running, { steps: session.steps, signal }, onStep);
  const seconds = running.seconds.reduce((sum, value) => sum + value, 0);
  return { video: pipeline.toVideo(requireFinite(running.latent, policy)), seconds, report };
}

function describe(file: string, seconds: number, { reuseRate, bytes, warnings }: RunReport): string {
  const facts = `${seconds.toFixed(1)} s, ${(reuseRate * 100).toFixed(1)} % reused, at most ${formatBytes(bytes.peak)} held`;
  return [`${file}  ${facts}`, ...warnings.map(({ message }) => `  warning: ${message}`)].join('\n');
}
