import { NpyError } from './errors.ts';
import { parseFields } from './fields.ts';
import type { ReferenceFileName } from './files.ts';
import { parseNpy, type NpyArray, type NpyFloat32, type NpyInt64 } from './npy.ts';
import { openSource, parseJson, type LoadOptions, type ModelSource } from './source.ts';

/** How the reference run was made. */
export interface ReferenceRun {
  /** The prompts, in the order of every array's prompt axis. */
  readonly prompts: readonly string[];
  /** Number of denoising steps. */
  readonly steps: number;
  readonly guidanceScale: number;
  readonly shift: number;
  /** Seed of the noise in the software that made it; the noise itself is in `noise`. */
  readonly seed: number;
  /** Steps at which single transformer calls were recorded, counted from 0. */
  readonly recordedSteps: readonly number[];
}

/**
 * Recorded inputs and outputs of the model, computed in float32 by the training software: [C, F, H, W] stands for
 * channels, frames, height, width.
 */
export interface LatteMiniReference extends ReferenceRun {
  /** Token ids, [prompt, token]. */
  readonly inputIds: NpyInt64;
  /** Output of the text encoder, [prompt, token, captionSize]. */
  readonly encoderHiddenStates: NpyFloat32;
  /** The same for the unconditional caption, [1, token, captionSize]. */
  readonly encoderHiddenStatesNull: NpyFloat32;
  /** Start of the run, unit variance, [prompt, C, F, H, W]. */
  readonly noise: NpyFloat32;
  /** Times from 1 (noise) to 0 (clean), [steps + 1]. */
  readonly times: NpyFloat32;
  /** Timestep input at the recorded steps, [recorded step]. */
  readonly timestep: NpyFloat32;
  /** Transformer input, [recorded step, prompt, C, F, H, W]. */
  readonly hiddenStates: NpyFloat32;
  /** Transformer output with the caption, shaped like `hiddenStates`. */
  readonly sampleCaption: NpyFloat32;
  /** Transformer output without the caption, shaped like `hiddenStates`. */
  readonly sampleNull: NpyFloat32;
  /** The finished videos, [prompt, C, F, H, W]. */
  readonly video: NpyFloat32;
}

/**
 * Loads the reference vectors, about 3.3 MB.
 *
 * @throws ModelFileError as `loadModelFile`; ModelFileInvalidError for a bad `reference.json`; NpyError for a bad array.
 *
 * @example
 * ```ts
 * import { loadReference } from '@refrain/latte-mini';
 *
 * const { prompts, video } = await loadReference();
 * console.log(prompts[0], video.shape.length); // large red circle bounce fast black 5
 * ```
 */
export async function loadReference(options: LoadOptions = {}): Promise<LatteMiniReference> {
  const source = await openSource(options);
  const floats = (name: string): Promise<NpyFloat32> =>
    readFloats(source, `reference/${name}.npy` as ReferenceFileName);
  const [run, arrays] = await Promise.all([
    readRun(source),
    Promise.all([
      readIntegers(source, 'reference/input_ids.npy'),
      floats('encoder_hidden_states'),
      floats('encoder_hidden_states_null'),
      floats('noise'),
      floats('times'),
      floats('timestep'),
      floats('hidden_states'),
      floats('sample_caption'),
      floats('sample_null'),
      floats('video'),
    ]),
  ]);
  const [inputIds, encoderHiddenStates, encoderHiddenStatesNull, noise, times, timestep, ...outputs] = arrays;
  const [hiddenStates, sampleCaption, sampleNull, video] = outputs;
  return {
    ...run,
    inputIds,
    encoderHiddenStates,
    encoderHiddenStatesNull,
    noise,
    times,
    timestep,
    hiddenStates,
    sampleCaption,
    sampleNull,
    video,
  };
}

async function readRun(source: ModelSource): Promise<ReferenceRun> {
  const { bytes } = await source.read('reference/reference.json');
  return parseFields('reference/reference.json', parseJson('reference/reference.json', bytes), (fields) => ({
    prompts: fields.texts('prompts'),
    steps: fields.positiveInteger('steps'),
    guidanceScale: fields.number('guidance_scale'),
    shift: fields.positive('shift'),
    seed: fields.index('seed'),
    recordedSteps: fields.numbers('recorded_steps'),
  }));
}

async function readArray(source: ModelSource, name: ReferenceFileName): Promise<NpyArray> {
  const { bytes } = await source.read(name);
  return parseNpy(bytes);
}

async function readFloats(source: ModelSource, name: ReferenceFileName): Promise<NpyFloat32> {
  const array = await readArray(source, name);
  if (array.type === 'float32') return array;
  throw wrongType(name, 'float32', array);
}

async function readIntegers(source: ModelSource, name: ReferenceFileName): Promise<NpyInt64> {
  const array = await readArray(source, name);
  if (array.type === 'int64') return array;
  throw wrongType(name, 'int64', array);
}

function wrongType(name: string, expected: NpyArray['type'], array: NpyArray): NpyError {
  return new NpyError('NPY_UNSUPPORTED', `expected ${expected} elements in ${name}, got ${array.type}.`);
}
