import { loadModelFile, loadReference } from '@refrain/latte-mini';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  GpuJsError,
  latteRunner,
  latteTextEncoder,
  openGpu,
  syntheticRunner,
  type GpuDevice,
  type LatteInput,
  type LatteRunner,
} from '../src/index.ts';
import { fromFloat16 } from '../src/latte/float16.ts';
import { readSafetensors } from '../src/latte/safetensors.ts';
import { largestDifference } from './latte-mini.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { runs } from './seed.ts';
import { tinyConfig, tinyInput, tinyTensors, tinyWeights } from './tiny-latte.ts';
import { syntheticDit } from '@refrain/sim';

let device: GpuDevice;
let runner: LatteRunner;
beforeAll(async () => {
  device = await openGpu({ modes: ['cpu'] });
  runner = await latteRunner({ weights: tinyWeights(), config: tinyConfig, device });
});
afterAll(() => device.dispose());

describe('weights', () => {
  const load = (weights: Uint8Array, config = tinyConfig) => latteRunner({ weights, config, device });

  test.each<readonly [string, (tensors: ReturnType<typeof tinyTensors>) => unknown, RegExp]>([
    [
      'a tensor is missing',
      (tensors) => tensors.delete('transformer_blocks.1.attn2.to_k.bias'),
      /attn2\.to_k\.bias/,
    ],
    ['the first layer is missing', (tensors) => tensors.delete('pos_embed.proj.weight'), /pos_embed/],
    [
      'a tensor has another shape',
      (tensors) => tensors.set('proj_out.weight', { shape: [2, 3], data: new Float32Array(6) }),
      /"proj_out.weight": expected the shape \[32, 12\], got \[2,3\]/,
    ],
  ])('%s: refused by name, and nothing stays on the device', async (_, change, message) => {
    const tensors = tinyTensors();
    change(tensors);
    const { tensors: before } = device.memory();
    const loading = load(writeSafetensors(tensors));
    await expect(loading).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    await expect(loading).rejects.toThrow(message);
    expect(device.memory().tensors).toBe(before);
  });

  test.each([{ attentionHeads: 5 }, { sampleSize: 10 }, { frames: 0 }, { attentionHeads: Number.NaN }])(
    'a configuration that contradicts them is refused: %j',
    async (change) => {
      await expect(load(tinyWeights(), { ...tinyConfig, ...change })).rejects.toMatchObject({
        code: 'WEIGHTS_INVALID',
      });
    },
  );

  test('any broken file is refused, never read wrongly', async () => {
    const good = tinyWeights();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: good.length - 1 }), async (length) => {
        await expect(load(good.slice(0, length))).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
      }),
      { numRuns: runs(30) },
    );
    for (const header of [
      '[1,2]',
      '{',
      '{"pos_embed.proj.weight":null}',
      'null',
      '{"pos_embed.proj.weight":{"dtype":"I8","shape":[12,2,4,4],"data_offsets":[0,4]}}',
    ]) {
      const text = new TextEncoder().encode(header);
      const file = new Uint8Array(8 + text.length);
      new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
      file.set(text, 8);
      await expect(load(file), header).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    }
  });

  test('half precision and bfloat16 are read as IEEE has them', () => {
    const half = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7c00, 0xfc00];
    const numbers = [
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      Infinity,
      -Infinity,
    ];
    expect(half.map(fromFloat16)).toEqual(numbers);
    expect(fromFloat16(0x7e00)).toBeNaN();
    const header = new TextEncoder().encode('{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}');
    const file = new Uint8Array(8 + header.length + 4);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(header, 8);
    file.set([0x80, 0x3f, 0x40, 0xc0], 8 + header.length);
    expect(readSafetensors(file).tensor('x', [2]).data).toEqual(Float32Array.of(1, -3));
  });
});

describe('inputs', () => {
  const changed = (change: object): LatteInput => ({ ...tinyInput(), ...change });

  test.each<readonly [string, LatteInput, RegExp]>([
    ['none', undefined as never, /"hidden_states": expected float32 \[1, 2, 3, 8, 8\], got nothing/],
    ['no timestep', changed({ timestep: undefined }), /"timestep".*got nothing/],
    [
      'a batch of two',
      changed({ hidden_states: { data: new Float32Array(768), dims: [2, 2, 3, 8, 8] } }),
      /\[2, 2, 3, 8, 8\]/,
    ],
    [
      'too few elements',
      changed({ hidden_states: { data: new Float32Array(3), dims: [1, 2, 3, 8, 8] } }),
      /with 3 elements/,
    ],
    ['integers', changed({ timestep: { data: new Int32Array(1), dims: [1] } }), /another type/],
    [
      'an empty caption',
      changed({ encoder_hidden_states: { data: new Float32Array(0), dims: [1, 0, 5] } }),
      /tokens/,
    ],
    [
      'a caption of another width',
      changed({ encoder_hidden_states: { data: new Float32Array(6), dims: [1, 1, 6] } }),
      /\[1, tokens, 5\]/,
    ],
  ])('%s: refused by name', async (_, input, message) => {
    const { bytes } = device.memory();
    const refused = runner.plain(input);
    await expect(refused).rejects.toMatchObject({ code: 'INPUT_MISMATCH' });
    await expect(refused).rejects.toThrow(message);
    expect(device.memory().bytes).toBe(bytes);
  });

  test('a synthetic DiT refuses a sample of another size', async () => {
    const synthetic = await syntheticRunner(syntheticDit({ blocks: 1 }), { device });
    const place = { timestep: 1000, branch: 'conditional' };
    for (const sample of [new Float32Array(3), undefined as never])
      await expect(synthetic.plain({ sample }, place)).rejects.toMatchObject({ code: 'INPUT_MISMATCH' });
    await synthetic.dispose();
  });

  test('stretches and taps that are not there are refused, and leave nothing behind', async () => {
    const pass = await runner.enter(tinyInput(), { step: 0, call: 0, branch: 'conditional', timestep: 500 });
    const { bytes } = device.memory();
    const all = { from: 0, until: 2, x: pass.x, values: new Map(), taps: [] };
    for (const request of [
      { ...all, from: -1 },
      { ...all, until: 11 },
      { ...all, until: 0 },
      { ...all, until: 0.5 },
      { ...all, taps: [{ tap: { of: 'value', at: 2 } as const }] },
      { ...all, taps: [{ tap: { of: 'conditioning', name: 'caption' } as const }] },
    ])
      await expect(pass.span(request)).rejects.toMatchObject({ code: 'SPAN_INVALID' });
    await expect((async () => pass.look?.(0, pass.x, [{ tap: { of: 'value', at: 0 } }]))()).rejects.toThrow(
      GpuJsError,
    );
    expect(device.memory().bytes).toBe(bytes);
    pass.x.dispose();
    pass.release?.();
  });
});

describe('the text encoder', () => {
  test('gives what the exported one gave', async () => {
    const encode = latteTextEncoder((await loadModelFile('text_encoder.safetensors')).bytes);
    const { inputIds, encoderHiddenStates, prompts } = await loadReference();
    const [length = 0, size = 0] = encoderHiddenStates.shape.slice(1);
    for (const prompt of prompts.keys()) {
      const { data, dims } = encode(inputIds.data.subarray(prompt * length, (prompt + 1) * length));
      expect(dims).toEqual([1, length, size]);
      const expected = encoderHiddenStates.data.subarray(
        prompt * length * size,
        (prompt + 1) * length * size,
      );
      expect(largestDifference(data, expected)).toBeLessThan(1e-6);
    }
    for (const ids of [
      [],
      [1, 2],
      [0, 0, 0, 0, 0, 0, 0, 37],
      [-1, 0, 0, 0, 0, 0, 0, 0],
      [0.5, 0, 0, 0, 0, 0, 0, 0],
    ])
      expect(() => encode(ids)).toThrow(/token ids from 0 to 36/);
  });
});
