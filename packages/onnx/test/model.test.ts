import { loadReference, loadTextEncoder } from '@refrain/latte-mini';
import { describe, expect, test } from 'vitest';
import { onnxModel, onnxRunner } from '../src/index.ts';
import { latteMini } from './latte-mini.ts';

describe('against the program that trained latte-mini', () => {
  test('the text encoder gives the same embeddings', async () => {
    const { inputIds, encoderHiddenStates } = await loadReference();
    const encoder = await onnxModel({ model: (await loadTextEncoder()).bytes });
    expect(encoder.inputs).toEqual(['input_ids']);
    const input = { input_ids: { data: inputIds.data, dims: inputIds.shape } };
    const { encoder_hidden_states: embedding } = await encoder.run(input);
    expect(embedding?.dims).toEqual(encoderHiddenStates.shape);
    expect(largestDifference(embedding?.data as Float32Array, encoderHiddenStates.data)).toBeLessThan(1e-6);
    await encoder.dispose();
  });

  test('the transformer gives the same output in float32', async () => {
    const reference = await loadReference();
    const runner = await onnxRunner({ model: await latteMini(), selfCheck: false });
    const [, prompts = 0, ...sizes] = reference.hiddenStates.shape;
    const count = sizes.reduce((product, size) => product * size, prompts);
    const output = await runner.plain({
      hidden_states: { data: reference.hiddenStates.data.slice(0, count), dims: [prompts, ...sizes] },
      timestep: {
        data: new Float32Array(prompts).fill(reference.timestep.data[0] ?? 0),
        dims: [prompts],
      },
      encoder_hidden_states: {
        data: reference.encoderHiddenStates.data,
        dims: reference.encoderHiddenStates.shape,
      },
    });
    const expected = reference.sampleCaption.data.slice(0, count);
    expect(largestDifference(output.data, expected)).toBeLessThan(2e-5);
    await runner.dispose();
  });
});

function largestDifference(got: Float32Array, expected: Float32Array): number {
  return expected.reduce(
    (largest, value, at) => Math.max(largest, Math.abs(value - (got[at] ?? Number.NaN))),
    0,
  );
}
