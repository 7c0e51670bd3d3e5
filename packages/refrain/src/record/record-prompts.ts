import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SimError, type CostModel, type MeasureProgress } from '@refrain/sim';
import { loadRecording, saveRecording } from '@refrain/sim/node';
import { currentLoad, describeEnvironment } from '../compare/environment.ts';
import { fileName } from '../compare/files.ts';
import { isAbort } from '../compare/stopped.ts';
import { carryThrough, embedBranches, startRecorded } from '../pipeline/generation.ts';
import type { GenerationOptions } from '../pipeline/generation.ts';
import { measureModelCosts } from '../pipeline/model-costs.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import {
  loadIndex,
  saveIndex,
  type RecordedPrompt,
  type RecordingIndex,
  type RecordingSettings,
} from './recording-index.ts';

/** File formats of recordings. */
export const recordingFormats = ['safetensors', 'parquet'] as const;

/** What is recorded, and where recordings go. */
export interface RecordPromptsOptions extends GenerationOptions {
  readonly prompts: readonly string[];
  /** Of the sketches that are looked at; 1 looks at every element. */
  readonly stride: number;
  readonly threads: number;
  readonly format: (typeof recordingFormats)[number];
  readonly folder: string;
  /** Take prompts that are recorded in the folder from there. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
}

/** Told how far the work is. */
export interface RecordProgress {
  /** A round of the measurement of costs is over. */
  measured(progress: MeasureProgress): void;
  /** A generation step is done. */
  step(prompt: string, step: number): void;
  /** A prompt is on disk. */
  saved(recorded: RecordedPrompt): void;
  /** A prompt was recorded earlier. */
  skip(prompt: string): void;
}

/**
 * Records an uncached generation of every prompt, one file each, with what the model costs on this machine. The list of
 * recordings is written as prompts finish, also when the signal fires or something breaks.
 *
 * @returns the list; `complete` is false when it was stopped
 * @throws SimError, CommandError when a recording cannot be written or resumed; errors of the model pass
 */
export async function recordPrompts(
  pipeline: Pipeline,
  options: RecordPromptsOptions,
  progress: RecordProgress,
): Promise<RecordingIndex> {
  const { signal } = options;
  const onProgress = (state: MeasureProgress): void => progress.measured(state);
  const loadAtStart = currentLoad();
  const settings = settingsOf(pipeline, options);
  const finished = new Map<string, RecordedPrompt>();
  const index = (): RecordingIndex => ({
    format: 1,
    settings,
    environment: describeEnvironment(pipeline, options.threads, loadAtStart),
    complete: options.prompts.every((prompt) => finished.has(prompt)),
    recordings: [...finished.values()],
  });
  try {
    const earlier = await usable(options.folder, await loadIndex(options.folder, settings));
    for (const { recorded } of earlier)
      if (options.resume || !options.prompts.includes(recorded.prompt))
        finished.set(recorded.prompt, recorded);
    const left = options.prompts.filter((prompt) => !finished.has(prompt));
    for (const prompt of options.prompts) if (!left.includes(prompt)) progress.skip(prompt);
    if (left.length === 0) return index();
    const costs = earlier[0]?.costs ?? (await measureModelCosts(pipeline, { signal, onProgress }));
    for (const prompt of left) {
      const recorded = await recordPrompt(pipeline, prompt, costs, options, progress);
      finished.set(prompt, recorded);
      await saveIndex(options.folder, index());
      progress.saved(recorded);
    }
  } catch (error) {
    if (!isAbort(error) && !signal.aborted) throw error;
  }
  return index();
}

/**
 * The earlier recordings whose files can still be read, with the costs in them: what the model costs is measured once for
 * a folder, so that policies compare across its recordings.
 */
async function usable(
  folder: string,
  earlier: readonly RecordedPrompt[],
): Promise<readonly { readonly recorded: RecordedPrompt; readonly costs: CostModel | undefined }[]> {
  const found = [];
  for (const recorded of earlier) {
    try {
      const { costs } = await loadRecording(join(folder, recorded.file));
      found.push({ recorded, costs });
    } catch (error) {
      // A file that is gone or broken is recorded again.
      if (!(error instanceof SimError)) throw error;
    }
  }
  return found;
}

async function recordPrompt(
  pipeline: Pipeline,
  prompt: string,
  costs: CostModel,
  options: RecordPromptsOptions,
  progress: RecordProgress,
): Promise<RecordedPrompt> {
  const embeddings = await embedBranches(pipeline, prompt, options.guidance);
  const { stride, folder, format } = options;
  const running = startRecorded(pipeline, embeddings, options, { label: prompt, stride, costs });
  const recording = await carryThrough(running, options, (step) => progress.step(prompt, step));
  const file = `${fileName(prompt)}.${format}`;
  await saveRecording(join(folder, file), recording);
  const { size } = await stat(join(folder, file));
  const seconds = running.seconds.reduce((sum, value) => sum + value, 0);
  return { prompt, file, bytes: size, seconds };
}

function settingsOf(pipeline: Pipeline, options: RecordPromptsOptions): RecordingSettings {
  const { steps, guidance, shift, seed, stride, threads } = options;
  const { name: model, fingerprint, provider } = pipeline;
  const { refrain, cpu, runtime } = describeEnvironment(pipeline, threads, 0);
  return {
    model,
    fingerprint,
    steps,
    guidance,
    shift,
    seed,
    stride,
    provider,
    threads,
    refrain,
    cpu,
    runtime,
  };
}
