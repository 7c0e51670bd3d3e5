import * as library from 'gpu.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gpuModes, GpuJsError, ModeError, openGpu, type GpuMode } from '../src/index.ts';
import { fakeLibrary, type FakeRun } from './fake-library.ts';

afterEach(() => vi.unstubAllGlobals());

/** A WebGL2 context, as far as it is asked. */
function fakeGl(renderer: string, isContextLost = (): boolean => false): object {
  return {
    MAX_TEXTURE_SIZE: 1,
    getParameter: (name: number) => (name === 1 ? 64 : renderer),
    getExtension: () => ({ UNMASKED_RENDERER_WEBGL: 2 }),
    isContextLost,
  };
}

/** The values that the self-test expects of its two products. */
const passes: FakeRun = (output) => ({
  toArray: () =>
    output.length === 2 && output[0] === 2 && output[1] === 2
      ? [Float32Array.of(-0.10042839, 9.5), Float32Array.of(100.5, -0.15428599)]
      : [],
  delete: () => {},
});

describe('opening a device', () => {
  test('takes the first mode that works, and says why it passed over the others', async () => {
    const device = await openGpu();
    expect(device.mode).toBe('webasm');
    expect(device.software).toBe(false);
    expect(device.attempts.map(({ mode }) => mode)).toEqual(['webgpu', 'webgl2']);
    expect(device.attempts[0]?.error.message).toContain('there is no navigator.gpu');
    await device.dispose();
  });

  test.each(['webgpu', 'webgl2'] as const)('asked for %s alone, fails with the reason', async (mode) => {
    const opening = openGpu({ modes: [mode] });
    await expect(opening).rejects.toThrow(ModeError);
    await expect(opening).rejects.toMatchObject({ code: 'MODE_UNAVAILABLE', attempts: [{ mode }] });
    await expect(opening).rejects.toThrow(/'webasm', 'cpu'/);
  });

  test.each([[[]], [['cuda']], [['cpu', 'gpu']]])('refuses the modes %j', async (modes) => {
    await expect(openGpu({ modes: modes as GpuMode[] })).rejects.toMatchObject({ code: 'MODE_UNAVAILABLE' });
    expect(gpuModes).toEqual(['webgpu', 'webgl2', 'webasm', 'cpu']);
  });

  test('takes a library that was loaded before, also one behind a default export', async () => {
    for (const given of [library, { default: library }]) {
      const device = await openGpu({ modes: ['cpu'], library: given });
      expect(device.mode).toBe('cpu');
      await device.dispose();
    }
    await expect(openGpu({ library: {} })).rejects.toMatchObject({ code: 'LIBRARY_MISSING' });
  });

  test('no WebAssembly: plain JavaScript is taken instead, and the reason is told', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const device = await openGpu({ modes: ['webasm', 'cpu'] });
    expect(device.mode).toBe('cpu');
    expect(device.attempts).toMatchObject([{ mode: 'webasm' }]);
    await device.dispose();
  });

  test('WebGPU that the browser refuses is passed over: no adapter, or an error', async () => {
    for (const requestAdapter of [
      async () => null,
      async () => {
        throw new Error('blocked by policy');
      },
    ]) {
      vi.stubGlobal('navigator', { gpu: { requestAdapter } });
      const device = await openGpu({ modes: ['webgpu', 'cpu'] });
      expect(device.mode).toBe('cpu');
      expect(device.attempts[0]?.error.message).toMatch(/no WebGPU adapter|blocked by policy/);
      await device.dispose();
    }
  });

  test('a kernel that gpu.js runs in another mode is an error, not a slower result', async () => {
    const rows = [new Float32Array(2), new Float32Array(2)];
    const falling = fakeLibrary(() => rows, { fallbackReason: 'argument "x" is not supported' });
    const opening = openGpu({ modes: ['webasm'], library: falling });
    await expect(opening).rejects.toMatchObject({ attempts: [{ error: { code: 'KERNEL_FALLBACK' } }] });
  });

  test('a device that computes wrongly is not taken', async () => {
    const zeros = fakeLibrary((output, pipeline) =>
      pipeline
        ? Array.from({ length: output[1] ?? 1 }, () => new Float32Array(output[0] ?? 1))
        : new Float32Array(2),
    );
    await expect(openGpu({ modes: ['cpu'], library: zeros })).rejects.toMatchObject({
      attempts: [{ error: { code: 'SELF_TEST_FAILED' } }],
    });
  });
});

describe('graphics', () => {
  test('emulated in software are refused unless they are asked for', async () => {
    const emulated = fakeLibrary(passes, {
      context: fakeGl('ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))'),
    });
    await expect(openGpu({ modes: ['webgl2'], library: emulated })).rejects.toMatchObject({
      attempts: [{ error: { code: 'SOFTWARE_ADAPTER' } }],
    });
    const device = await openGpu({ modes: ['webgl2'], library: emulated, allowSoftware: true });
    expect(device).toMatchObject({ mode: 'webgl2', software: true, limits: { textureSize: 64 } });
  });

  test('without a context, because too many are open, are unavailable', async () => {
    const none = fakeLibrary(passes, { context: null });
    await expect(openGpu({ modes: ['webgl2'], library: none })).rejects.toThrow(/no WebGL2 context/);
  });

  test('a tensor beyond the texture size is refused by name, before anything is allocated', async () => {
    let launches = 0;
    const counted = fakeLibrary(
      (output, pipeline) => {
        launches += 1;
        return passes(output, pipeline);
      },
      { context: fakeGl('A graphics card') },
    );
    const device = await openGpu({ modes: ['webgl2'], library: counted });
    const before = launches;
    for (const [shape, message] of [
      [[2, 65], '65 columns of a texture and webgl2 allows 64'],
      [[13, 5, 2], '65 rows of a texture and webgl2 allows 64'],
      [[4097], '4097 elements in a vector and webgl2 allows 4096'],
    ] as const) {
      const values = new Float32Array(shape.reduce((product: number, size) => product * size, 1));
      const refused = device.upload(values, shape);
      await expect(refused).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
      await expect(refused).rejects.toThrow(message);
    }
    expect(launches).toBe(before);
    expect(device.memory().tensors).toBe(0);
  });

  test('a lost context is an error, although WebGL goes on and reads zeros', async () => {
    let lost = false;
    const losing = fakeLibrary(passes, { context: fakeGl('A graphics card', () => lost) });
    const device = await openGpu({ modes: ['webgl2'], library: losing });
    const tensor = await device.upload(new Float32Array(4), [2, 2]);
    lost = true;
    await expect(tensor.read()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await expect(device.upload(new Float32Array(4), [2, 2])).rejects.toThrow(/load the model again/);
    tensor.dispose();
    expect(device.memory().tensors).toBe(0);
  });

  test('a context that is lost while it is read is an error too', async () => {
    let lost = false;
    const losing = fakeLibrary(
      (output) => ({
        toArray: () => {
          lost = output[0] === 3;
          return (passes(output, true) as { toArray(): unknown }).toArray();
        },
        delete: () => {},
      }),
      { context: fakeGl('A graphics card', () => lost) },
    );
    const device = await openGpu({ modes: ['webgl2'], library: losing });
    const tensor = await device.upload(new Float32Array(3), [3]);
    await expect(tensor.read()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
  });

  /** A page with WebGPU, whose device can be lost. */
  function fakeWebGpu(info: object) {
    const context = {
      isLost: false,
      device: {
        limits: {
          maxStorageBufferBindingSize: 4096,
          maxBufferSize: 8192,
          maxComputeWorkgroupsPerDimension: 4,
        },
        queue: { onSubmittedWorkDone: async () => {} },
      },
    };
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => info } });
    const given = {
      ...fakeLibrary(async (output, pipeline) => passes(output, pipeline)),
      WebGPUContext: { acquire: async () => context },
    };
    return { context, library: given };
  }

  test('WebGPU tells adapter and limits, and refuses what exceeds them', async () => {
    const { library: given } = fakeWebGpu({ info: { vendor: 'acme', architecture: 'rocket' } });
    const device = await openGpu({ modes: ['webgpu'], library: given });
    expect(device).toMatchObject({ mode: 'webgpu', adapter: 'acme rocket', software: false });
    expect(device.limits).toEqual({ bufferBytes: 4096, rows: 32 });
    await expect(device.upload(new Float32Array(1025), [1025])).rejects.toThrow(/4100 bytes in one buffer/);
    await expect(device.upload(new Float32Array(33), [33, 1])).rejects.toThrow(/33 rows/);
  });

  test.each([[{ isFallbackAdapter: true }], [{ info: { isFallbackAdapter: true } }]])(
    'a fallback adapter of WebGPU is software: %j',
    async (adapter) => {
      const { library: given } = fakeWebGpu(adapter);
      await expect(openGpu({ modes: ['webgpu'], library: given })).rejects.toMatchObject({
        attempts: [{ error: { code: 'SOFTWARE_ADAPTER' } }],
      });
    },
  );

  test('a lost WebGPU device is an error in whatever comes', async () => {
    const { library: given, context } = fakeWebGpu({});
    const device = await openGpu({ modes: ['webgpu'], library: given });
    const tensor = await device.upload(new Float32Array(4), [2, 2]);
    context.isLost = true;
    for (const use of [
      () => tensor.read(),
      () => device.fence(),
      () => device.upload(new Float32Array(1), [1]),
    ])
      await expect(use()).rejects.toMatchObject({ name: 'GpuJsError', code: 'DEVICE_LOST' });
  });

  test('a kernel that fails is an error with its cause, and frees what it held', async () => {
    const broken = fakeLibrary(
      (output, pipeline) => {
        if (output[0] === 5) throw new Error('shader did not compile');
        return passes(output, pipeline);
      },
      { context: fakeGl('A graphics card') },
    );
    const device = await openGpu({ modes: ['webgl2'], library: broken });
    const failing = device.run({ operation: 'test', constants: {}, source: '' }, [], [1, 5]);
    await expect(failing).rejects.toThrow(GpuJsError);
    await expect(failing).rejects.toMatchObject({
      code: 'KERNEL_FAILED',
      message: expect.stringContaining('shader did not compile'),
      cause: expect.any(Error),
    });
    expect(device.memory().tensors).toBe(0);
  });
});
