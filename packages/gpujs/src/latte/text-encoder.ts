import { GpuJsError } from '../errors.ts';
import type { LatteTensor } from './input.ts';
import { readSafetensors } from './safetensors.ts';

/** Encodes the token ids of a caption: `[1, tokens, captionSize]`. */
export type LatteTextEncoder = (ids: ArrayLike<number | bigint>) => LatteTensor;

/**
 * Loads the text encoder of latte-mini, an embedding of words plus one of places, so that a page needs no other runtime for
 * its prompts. It is a table look-up and stays in main memory.
 *
 * @param weights - content of `text_encoder.safetensors`
 * @throws GpuJsError `WEIGHTS_INVALID`; the encoder throws `INPUT_MISMATCH` for ids that the vocabulary does not have
 *
 * @example
 * ```ts
 * const { bytes } = await loadModelFile('text_encoder.safetensors');
 * const ids = createWordTokenizer(await loadTokenizer()).encode('small blue star spin slow white');
 * const encoder_hidden_states = latteTextEncoder(bytes)(ids);
 * ```
 */
export function latteTextEncoder(weights: Uint8Array): LatteTextEncoder {
  const file = readSafetensors(weights);
  const words = file.tensor('word.weight', [undefined, undefined]);
  const [vocabulary = 0, size = 0] = words.shape;
  const places = file.tensor('position', [undefined, size]);
  const [length = 0] = places.shape;
  return (ids) => {
    const data = new Float32Array(length * size);
    const numbers = Array.from(ids, Number);
    if (
      numbers.length !== length ||
      !numbers.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary)
    )
      throw new GpuJsError(
        'INPUT_MISMATCH',
        `expected ${length} token ids from 0 to ${vocabulary - 1}, got [${numbers.join(', ')}]; ` +
          'use the tokenizer that came with the model',
      );
    for (const [place, id] of numbers.entries())
      for (let index = 0; index < size; index++)
        data[place * size + index] =
          (words.data[id * size + index] ?? 0) + (places.data[place * size + index] ?? 0);
    return { data, dims: [1, length, size] };
  };
}
