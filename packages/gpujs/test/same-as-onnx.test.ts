import { loadTransformer } from '@refrain/latte-mini';
import { onnxRunner, type OnnxFeature } from '@refrain/onnx';
import { expect, test } from 'vitest';
import type { TapRequest } from '@refrain/core';
import { largestDifference, latteMini, recordedCall } from './latte-mini.ts';

const [frames, patches, channels] = [8, 64, 128];

/** The one tensor of a feature. Inside a temporal block the exported graph lays patches out before frames. */
function inOurLayout({ tensors: [tensor] }: OnnxFeature): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('expected float32');
  const { data, dims } = tensor;
  if (dims[0] !== patches) return data;
  return data.map((_, at) => {
    const [token, channel] = [Math.floor(at / channels), at % channels];
    const [frame, patch] = [Math.floor(token / patches), token % patches];
    return data[(patch * frames + frame) * channels + channel] as number;
  });
}

test('sites, taps and values are those that the ONNX adapter finds in the exported model', async () => {
  const [ours, onnx] = await Promise.all([
    latteMini('webasm'),
    onnxRunner({ model: (await loadTransformer()).bytes, selfCheck: false }),
  ]);
  expect(ours.sites).toEqual(onnx.sites);
  expect(ours.conditioning).toEqual(onnx.conditioning);
  const { input } = await recordedCall(2, 1);
  const at = { step: 0, call: 0, branch: 'conditional', timestep: 500 };
  const [here, there] = [await ours.enter(input, at), await onnx.enter({ ...input }, at)];
  const until = 10;
  const taps: TapRequest[] = [
    { tap: { of: 'conditioning', name: 'timestep-embedding' } },
    ...Array.from({ length: until }, (_, position) =>
      (['stream', 'modulated', 'value'] as const).map((of) => ({ tap: { of, at: position } })),
    ).flat(),
  ];
  const got = await here.span({ from: 0, until, x: here.x, values: new Map(), taps });
  const expected = await there.span({ from: 0, until, x: there.x, values: new Map(), taps });
  for (const [index, { tap }] of taps.entries()) {
    const values = inOurLayout(expected.taps[index] as OnnxFeature);
    const scale = Math.max(...values.map(Math.abs));
    const difference = largestDifference((await got.taps[index]?.read()) ?? [], values);
    expect(difference / scale, JSON.stringify(tap)).toBeLessThan(1e-4);
  }
  for (const tensor of [here.x, got.x, ...got.taps]) tensor.dispose();
  here.release?.();
  there.release?.();
  await Promise.all([ours.dispose(), onnx.dispose()]);
}, 300_000);
