import { never, refrain } from '@refrain/core';
import { syntheticDit } from '@refrain/sim';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deviceOps, latteRunner, openGpu, syntheticRunner, type GpuDevice } from '../src/index.ts';
import { linear } from '../src/operations/linear.ts';
import { randomArray } from './random.ts';
import { tinyConfig, tinyInput, tinyWeights } from './tiny-latte.ts';

describe.each(['cpu', 'webasm'] as const)('a device in mode %s', (mode) => {
  let device: GpuDevice;
  beforeEach(async () => {
    device = await openGpu({ modes: [mode] });
  });
  afterEach(() => device.dispose());

  const upload = (seed = 1) => device.upload(randomArray(12, seed), [3, 4]);

  test('takes and gives back the same bits', async () => {
    const values = Float32Array.of(0, -0, 1e-40, 3.4e38, -1.5, 1 / 3);
    for (const shape of [[6], [2, 3], [1, 2, 3]]) {
      const tensor = await device.upload(values, shape);
      const read = await tensor.read();
      expect(new Uint32Array(read.buffer, read.byteOffset, 6)).toEqual(new Uint32Array(values.buffer));
      expect(tensor).toMatchObject({ shape, bytes: 24, disposed: false });
      tensor.dispose();
    }
  });

  test('what was uploaded and read is copied', async () => {
    const values = randomArray(12, 1);
    const tensor = await device.upload(values, [3, 4]);
    values.fill(9);
    (await tensor.read()).fill(8);
    expect(await tensor.read()).toEqual(randomArray(12, 1));
    tensor.dispose();
  });

  test('a result keeps its values when its kernel runs again', async () => {
    const [a, b] = [await upload(1), await upload(2)];
    const first = await deviceOps.subtract(a, b);
    const before = await first.read();
    const second = await deviceOps.subtract(b, a);
    const third = await deviceOps.combine([{ feature: first, weight: 1 }]);
    expect(await first.read()).toEqual(before);
    expect(await second.read()).toEqual(before.map((value) => -value));
    expect(await third.read()).toEqual(before);
    for (const tensor of [a, b, first, second, third]) tensor.dispose();
  });

  test('a copy and a shared tensor outlive the original', async () => {
    const original = await upload();
    const shared = original.share();
    const copied = await deviceOps.combine([{ feature: original, weight: 1 }]);
    expect(device.memory()).toMatchObject({ tensors: 2, bytes: 96 });
    original.dispose();
    expect(await shared.read()).toEqual(randomArray(12, 1));
    expect(await copied.read()).toEqual(randomArray(12, 1));
    shared.dispose();
    expect(device.memory()).toMatchObject({ tensors: 1, bytes: 48 });
    copied.dispose();
    expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  test('disposing twice counts once', async () => {
    const tensor = await upload();
    const shared = tensor.share();
    tensor.dispose();
    tensor.dispose();
    expect(await shared.read()).toHaveLength(12);
    shared.dispose();
    expect(device.memory().tensors).toBe(0);
  });

  test('use after dispose is refused by name', async () => {
    const [gone, alive] = [await upload(), await upload()];
    gone.dispose();
    expect(gone.disposed).toBe(true);
    expect(() => gone.share()).toThrow(/share: the tensor f32\[3,4\] was disposed of/);
    for (const use of [
      async () => gone.read(),
      async () => deviceOps.subtract(alive, gone),
      async () => deviceOps.relativeL1([{ current: gone, reference: alive }]),
    ])
      await expect(use()).rejects.toMatchObject({ name: 'GpuJsError', code: 'DISPOSED' });
    alive.dispose();
  });

  test('a tensor that is disposed of while a kernel reads it lasts that long', async () => {
    const [a, b] = [await upload(1), await upload(2)];
    const running = deviceOps.subtract(a, b);
    a.dispose();
    b.dispose();
    const result = await running;
    expect((await result.read()).some((value) => value !== 0)).toBe(true);
    result.dispose();
    expect(device.memory().tensors).toBe(0);
  });

  test('a device that is disposed of finishes what runs, and refuses what comes', async () => {
    const [a, b] = [await upload(1), await upload(2)];
    const running = deviceOps.subtract(a, b);
    await Promise.all([device.dispose(), device.dispose()]);
    const result = await running;
    expect(device.disposed).toBe(true);
    await expect(result.read()).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(upload()).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(device.fence()).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
    a.dispose();
    result.dispose();
    expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  test('tensors of another device are refused', async () => {
    const other = await openGpu({ modes: [mode] });
    const [here, there] = [await upload(), await other.upload(randomArray(12, 1), [3, 4])];
    await expect(deviceOps.subtract(here, there)).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('another device'),
    });
    await other.dispose();
    here.dispose();
  });

  test('kernels are made once for each operation, shape and set of constants', async () => {
    const [a, b] = [await upload(1), await upload(2)];
    const before = device.kernels;
    for (let time = 0; time < 3; time++) (await deviceOps.subtract(a, b)).dispose();
    expect(device.kernels).toBe(before + 1);
    const weight = await device.upload(randomArray(8, 3), [4, 2]);
    for (const activation of ['none', 'gelu', 'gelu'] as const)
      (await linear(a, { weight, activation })).dispose();
    expect(device.kernels).toBe(before + 3);
    for (const tensor of [a, b, weight]) tensor.dispose();
  });

  test('500 steps leave memory as it was', async () => {
    const dit = syntheticDit({ blocks: 1, tokens: 2, channels: 4, steps: 500, modules: ['mlp'] });
    const runner = await syntheticRunner(dit, { device });
    const { timesteps } = dit.sampling.sampler;
    const run = refrain(runner, never()).start({ timesteps });
    const at: number[] = [];
    for (const step of timesteps.keys()) {
      await run.step({ sample: dit.noise(step) }, { step });
      if (step % 100 === 0) at.push(device.memory().bytes, device.memory().peakBytes, device.kernels);
    }
    expect(at).toEqual(Array.from({ length: 5 }, () => at.slice(0, 3)).flat());
    await runner.dispose();
    expect(device.memory().bytes).toBe(0);
  });

  test('a run that is aborted leaves nothing but the weights behind', async () => {
    const runner = await latteRunner({ weights: tinyWeights(), config: tinyConfig, device });
    const { bytes } = device.memory();
    const controller = new AbortController();
    const run = refrain(runner, never()).start({ timesteps: [900, 500], signal: controller.signal });
    const step = run.step(tinyInput(), { step: 0 });
    controller.abort();
    await expect(step).rejects.toMatchObject({ code: 'RUN_ABORTED' });
    await device.fence();
    expect(device.memory().bytes).toBe(bytes);
    await runner.dispose();
    expect(device.memory().bytes).toBe(0);
    expect(device.disposed).toBe(false);
  });

  test('a runner that is disposed of refuses to start, and one that is in the middle of a step stops with an error', async () => {
    const runner = await latteRunner({ weights: tinyWeights(), config: tinyConfig, modes: [mode] });
    const running = runner.plain(tinyInput());
    const [outcome] = await Promise.allSettled([running, runner.dispose(), runner.dispose()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DISPOSED' } });
    await expect(runner.plain(tinyInput())).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(runner.device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });
});

test('a vector longer than float32 can count, and a buffer larger than a WebAssembly memory, are refused unallocated', async () => {
  const device = await openGpu({ modes: ['webasm'] });
  const small = new Float32Array(1);
  await expect(device.upload(small, [2 ** 24 + 1])).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('16777217 elements in a vector'),
  });
  await expect(device.upload(small, [2 ** 15, 2 ** 14])).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('bytes in one buffer'),
  });
  await device.dispose();
});
