import { loadConfig, loadModelFile, loadReference, type LatteMiniReference } from '@refrain/latte-mini';
import { latteRunner, type GpuMode, type LatteInput, type LatteRunner } from '../src/index.ts';

/** Elements of a video. */
const video = 3 * 8 * 32 * 32;

/** latte-mini on a device in a certain mode. */
export async function latteMini(mode: GpuMode): Promise<LatteRunner> {
  const { bytes } = await loadModelFile('transformer.safetensors');
  return latteRunner({ weights: bytes, config: await loadConfig(), modes: [mode], allowSoftware: true });
}

/** One recorded call of the model, with the caption: its input, and what PyTorch computed in float32. */
export interface RecordedCall {
  readonly input: LatteInput;
  readonly expected: Float32Array;
}

/**
 * A recorded call.
 *
 * @param at - which of the recorded steps
 * @param prompt - which of the prompts
 */
export async function recordedCall(at: number, prompt: number): Promise<RecordedCall> {
  const reference = await loadReference();
  const from = (at * reference.prompts.length + prompt) * video;
  const data = reference.hiddenStates.data.slice(from, from + video);
  return {
    input: inputOf(reference, data, reference.timestep.data[at] ?? Number.NaN, prompt),
    expected: reference.sampleCaption.data.slice(from, from + video),
  };
}

/** An input of the model with the caption of a prompt. */
function inputOf(
  { encoderHiddenStates }: LatteMiniReference,
  data: Float32Array,
  timestep: number,
  prompt: number,
): LatteInput {
  const caption = 8 * 64;
  return {
    hidden_states: { data, dims: [1, 3, 8, 32, 32] },
    timestep: { data: Float32Array.of(timestep), dims: [1] },
    encoder_hidden_states: {
      data: encoderHiddenStates.data.slice(prompt * caption, (prompt + 1) * caption),
      dims: [1, 8, 64],
    },
  };
}

/** The largest difference of two arrays; NaN if either has one. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.NaN;
  for (let index = 0; index < a.length; index++)
    largest = Math.max(largest, Math.abs((a[index] as number) - (b[index] as number)));
  return largest;
}
