import { dirname, basename } from 'node:path';
import { streamOf } from '@refrain/core';
import { flowMatchingSchedule } from '@refrain/diffusion';
import { CommandError } from '../errors.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { readIndex } from '../record/recording-index.ts';
import type { NamedRecording } from '../simulation/load-recordings.ts';

/** How recordings were made, as far as a generation that is to be like them has to know. */
export interface RecordedRun {
  readonly prompts: readonly string[];
  readonly steps: number;
  readonly guidance: number;
  readonly shift: number;
  readonly seed: number;
}

/** What the user says about it. */
export interface RunHints {
  readonly shift?: number;
  readonly noiseSeed?: number;
}

/** Where no list of recordings says it: the default of `refrain record`. */
const USUAL_SEED = 7;

/**
 * The generations that recordings are of, so that the model can run them again under a policy. Seed and shift come from the
 * list of recordings beside the first file, where there is one.
 *
 * @param pipeline - the model that is to run them
 * @throws CommandError `RECORDINGS_UNSUITABLE` when they are of another model, of several numbers of steps, or have no prompts
 */
export async function runOfRecordings(
  pipeline: Pipeline,
  recordings: readonly NamedRecording[],
  hints: RunHints,
): Promise<RecordedRun> {
  const [first] = recordings;
  if (!first) throw unsuitable('there are no recordings');
  const { steps, guidance, timesteps } = first.recording;
  for (const each of recordings) requireLike(pipeline, each, first);
  const settings = await settingsBeside(first.file);
  const shift = hints.shift ?? settings?.shift ?? pipeline.config.sampler.shift;
  const expected = flowMatchingSchedule({ steps, shift }).timesteps;
  if (timesteps.some((timestep, step) => Math.abs(timestep - (expected[step] ?? Number.NaN)) > 0.01))
    throw unsuitable(
      `${first.name} was recorded at other timesteps than those of ${steps} steps with shift ${shift}: give the --shift of the recording`,
    );
  const seed = hints.noiseSeed ?? settings?.seed ?? USUAL_SEED;
  return { prompts: recordings.map(({ recording }) => recording.label), steps, guidance, shift, seed };
}

function requireLike(pipeline: Pipeline, { name, recording }: NamedRecording, first: NamedRecording): void {
  const { steps, guidance, stream, label, callsPerStep } = recording;
  const own = streamOf(pipeline.runner.sites, pipeline.runner.conditioning);
  const blocks = (of: typeof own): string => of.blocks.map((block) => block.name).join();
  if (stream.length !== own.length || blocks(stream) !== blocks(own))
    throw unsuitable(
      `${name} is of "${recording.model}", whose blocks are not those of ${pipeline.name}: give --model, or leave --confirm out`,
    );
  if (steps !== first.recording.steps || guidance !== first.recording.guidance)
    throw unsuitable(
      `${first.name} has ${first.recording.steps} steps and guidance ${first.recording.guidance}, ${name} has ${steps} and ${guidance}: confirm recordings of one kind`,
    );
  if (callsPerStep !== 1)
    throw unsuitable(`${name} has ${callsPerStep} calls a step, and the sampler here makes one`);
  if (label === '') throw unsuitable(`${name} has no label, so its prompt is not known`);
}

async function settingsBeside(
  file: string,
): Promise<{ readonly shift: number; readonly seed: number } | undefined> {
  // Only a hint: recordings that were made elsewhere may lie beside anything.
  const index = await readIndex(dirname(file)).catch(() => undefined);
  return index?.recordings.some((recorded) => recorded.file === basename(file)) ? index.settings : undefined;
}

function unsuitable(what: string): CommandError {
  return new CommandError('RECORDINGS_UNSUITABLE', `[refrain] cannot confirm on the model: ${what}`);
}
