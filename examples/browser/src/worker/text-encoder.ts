import type { Float32Tensor } from '@refrain/core';
import { createWordTokenizer } from '@refrain/diffusion';
import { readSafetensors } from '@refrain/gpujs';
import type { ModelFacts } from './backends/backend.ts';

/**
 * The text encoder of latte-mini from its weights: a word's embedding plus that of its position. So small that no device is
 * worth asking.
 *
 * @param weights - content of `text_encoder.safetensors`
 */
export function textEncoder(
  weights: Uint8Array,
  { config, tokenizer }: ModelFacts,
): (prompt: string | undefined) => Float32Tensor {
  const words = createWordTokenizer(tokenizer);
  const size = config.captionSize;
  const file = readSafetensors(weights);
  const table = file.tensor('word.weight', [undefined, size]).data;
  const position = file.tensor('position', [words.length, size]).data;
  return (prompt) => {
    const ids = prompt === undefined ? words.unconditional() : words.encode(prompt);
    const data = position.map((value, at) => {
      const row = Number(ids[Math.floor(at / size)] ?? 0);
      return value + (table[row * size + (at % size)] ?? 0);
    });
    return { data, dims: [1, words.length, size] };
  };
}
