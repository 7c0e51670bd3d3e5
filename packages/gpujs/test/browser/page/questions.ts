import {
  bwcache,
  fora,
  float32TensorOps,
  forecast,
  never,
  pab,
  refrain,
  teacache,
  type FeatureOps,
  type Policy,
} from '@refrain/core';
import {
  deviceOps,
  GpuJsError,
  latteRunner,
  openGpu,
  type DeviceTensor,
  type GpuDevice,
  type GpuMode,
  type LatteRunner,
} from '../../../src/index.ts';
import { linear } from '../../../src/operations/linear.ts';
import { largestDifference, latteMini, recordedCall } from '../../latte-mini.ts';
import { randomArray } from '../../random.ts';
import { tinyConfig, tinyInput, tinyWeights } from '../../tiny-latte.ts';

const timesteps = [1000, 850, 700, 500, 250, 60];

/** What a page is asked. Every answer is plain data. */
export const questions = {
  /** Which mode is taken when nothing is asked for, and why not the others. */
  defaults: async (): Promise<unknown> => {
    const device = await openGpu();
    const attempts = device.attempts.map(({ mode, error }) => [mode, codeOf(error)]);
    await device.dispose();
    return { mode: device.mode, attempts };
  },

  /** How far one call of latte-mini is from what PyTorch computed. */
  latteMini: async (mode: GpuMode): Promise<unknown> => {
    const runner = await latteMini(mode);
    const weights = runner.device.memory();
    const { input, expected } = await recordedCall(1, 2);
    const { data } = await runner.plain(input);
    const left = runner.device.memory().bytes - weights.bytes;
    await runner.dispose();
    return { difference: largestDifference(data, expected), left, tensors: runner.device.memory().tensors };
  },

  /** A small Latte under policies, compared with plain JavaScript. */
  policies: async (mode: GpuMode): Promise<unknown> => {
    const [here, cpu] = [await tinyRunner(mode), await tinyRunner('cpu')];
    const resident = here.device.memory().bytes;
    const plain = await generate(here, never());
    const bare: Float32Array[] = [];
    for (const [step, timestep] of timesteps.entries())
      bare.push((await here.plain(tinyInput(timestep, step))).data);
    const policies: readonly Policy[] = [
      bwcache({ threshold: 2, stride: 7, interval: 1 }),
      teacache({ threshold: 2 }),
      pab({ low: 0, high: 1000 }),
      forecast({ order: 1 }, fora({ interval: 3 })),
    ];
    const results = [];
    for (const policy of policies) {
      const [run, expected] = [await generate(here, policy), await generate(cpu, policy)];
      results.push({
        reused: run.report.reuseRate > 0,
        // Decisions may turn on the last bit of an indicator, and outputs differ by more then.
        sameDecisions: JSON.stringify(run.report.mask) === JSON.stringify(expected.report.mask),
        difference: farthest(run.outputs, expected.outputs),
        differsFromPlain: farthest(run.outputs, plain.outputs) > 0,
        heldAsReported: run.heldAsReported,
      });
    }
    const left = here.device.memory().bytes - resident;
    const answer = {
      never: farthest(plain.outputs, bare),
      difference: farthest(plain.outputs, (await generate(cpu, never())).outputs),
      results,
      left,
    };
    await Promise.all([here.dispose(), cpu.dispose()]);
    return answer;
  },

  /** Largest relative error of operations on features, against main memory. */
  operations: async (mode: GpuMode): Promise<unknown> => {
    const device = await openGpu({ modes: [mode], allowSoftware: true });
    const errors: Record<string, number> = {};
    for (const dims of [[1000], [7, 9], [3, 5, 16]]) {
      const features = [1, 2, 3].map((seed) => {
        const length = dims.reduce((product, size) => product * size, 1);
        return { data: randomArray(length, seed), dims };
      });
      const given = await Promise.all(features.map(({ data }) => device.upload(data, dims)));
      const [memory, ops] = [float32TensorOps, deviceOps] as [
        Required<FeatureOps<(typeof features)[0]>>,
        Required<FeatureOps<DeviceTensor>>,
      ];
      const note = (name: string, values: ArrayLike<number>, expected: ArrayLike<number>): void => {
        const error = largestDifference(values, expected) / Math.max(...Array.from(expected, Math.abs));
        errors[name] = Math.max(errors[name] ?? 0, error);
      };
      const [a, b, c] = given as [DeviceTensor, DeviceTensor, DeviceTensor];
      const [x, y, z] = features as [(typeof features)[0], (typeof features)[0], (typeof features)[0]];
      const subtracted = await ops.subtract(a, b);
      note('subtract', await subtracted.read(), (await memory.subtract(x, y)).data);
      const combined = await ops.combine([
        { feature: a, weight: 2 },
        { feature: b, weight: -1.5 },
        { feature: c, weight: 0.25 },
      ]);
      note(
        'combine',
        await combined.read(),
        (
          await memory.combine([
            { feature: x, weight: 2 },
            { feature: y, weight: -1.5 },
            { feature: z, weight: 0.25 },
          ])
        ).data,
      );
      const sketched = await ops.sketch(a, 7);
      note('sketch', await sketched.read(), (await memory.sketch(x, 7)).data);
      const [sums] = await ops.relativeL1([{ current: a, reference: b }]);
      const [expected] = await memory.relativeL1([{ current: x, reference: y }]);
      note(
        'relativeL1',
        [sums?.numerator ?? 0, sums?.denominator ?? 0],
        [expected?.numerator ?? 0, expected?.denominator ?? 0],
      );
      note('products', await ops.products(a, [a, b]), await memory.products(x, [x, y]));
      for (const tensor of [...given, subtracted, combined, sketched]) tensor.dispose();
    }
    const far = await farOut(device);
    const { tensors } = device.memory();
    await device.dispose();
    return { errors, far, tensors };
  },

  /** What becomes of tensors that were disposed of, shared, overwritten. */
  lifetime: async (mode: GpuMode): Promise<unknown> => {
    const device = await openGpu({ modes: [mode], allowSoftware: true });
    const [a, b] = [
      await device.upload(randomArray(12, 1), [3, 4]),
      await device.upload(randomArray(12, 2), [3, 4]),
    ];
    const first = await deviceOps.subtract(a, b);
    const before = await first.read();
    const second = await deviceOps.subtract(b, a);
    const unchanged = largestDifference(await first.read(), before);
    const shared = first.share();
    first.dispose();
    first.dispose();
    const sharedReads = largestDifference(await shared.read(), before);
    const afterDispose = await codeOfFailure(() => deviceOps.subtract(a, first));
    const running = deviceOps.subtract(a, b);
    for (const tensor of [a, b, second, shared]) tensor.dispose();
    const late = await running;
    const lateReads = largestDifference(await late.read(), before);
    await device.dispose();
    return {
      unchanged,
      sharedReads,
      afterDispose,
      lateReads,
      afterDevice: await codeOfFailure(() => late.read()),
      ...device.memory(),
      peakBytes: 0,
    };
  },

  /** Whether memory stays as it is over many steps. */
  flat: async (mode: GpuMode): Promise<unknown> => {
    const runner = await tinyRunner(mode);
    const bytes: number[] = [];
    for (let step = 0; step < 30; step++) {
      await runner.plain(tinyInput(500, step));
      await runner.device.fence();
      bytes.push(runner.device.memory().bytes, runner.device.memory().peakBytes, runner.device.kernels);
    }
    await runner.dispose();
    return { first: bytes.slice(0, 3), last: bytes.slice(-3) };
  },

  /** A tensor that the device cannot hold. */
  limits: async (mode: GpuMode): Promise<unknown> => {
    const device = await openGpu({ modes: [mode], allowSoftware: true });
    const { textureSize, rows } = device.limits;
    const most = textureSize ?? rows ?? 0;
    const { tensors } = device.memory();
    const refused = await codeOfFailure(() => device.upload(new Float32Array(most + 1), [most + 1, 1]));
    const left = device.memory().tensors - tensors;
    await device.dispose();
    return { refused, left };
  },

  /** A device that goes away while tensors are on it. */
  lost: async (mode: GpuMode): Promise<unknown> => {
    const device = await openGpu({ modes: [mode], allowSoftware: true, library: await losable(mode) });
    const tensor = await device.upload(randomArray(12, 1), [3, 4]);
    await lose(mode);
    const answer = {
      read: await codeOfFailure(() => tensor.read()),
      run: await codeOfFailure(() => deviceOps.subtract(tensor, tensor)),
      upload: await codeOfFailure(() => device.upload(new Float32Array(1), [1])),
    };
    tensor.dispose();
    await device.dispose();
    return answer;
  },
} as const;

function tinyRunner(mode: GpuMode): Promise<LatteRunner> {
  return latteRunner({ weights: tinyWeights(), config: tinyConfig, modes: [mode], allowSoftware: true });
}

/** A run under a policy; inputs do not depend on outputs, so that runs can be compared. */
async function generate(runner: LatteRunner, policy: Policy) {
  const resident = runner.device.memory().bytes;
  const run = refrain(runner, policy).start({ timesteps });
  const outputs: Float32Array[] = [];
  let heldAsReported = true;
  for (const [step, timestep] of timesteps.entries()) {
    outputs.push((await run.step(tinyInput(timestep, step), { step })).data);
    heldAsReported &&= runner.device.memory().bytes - resident === run.report().bytes.held;
  }
  return { outputs, report: run.report(), heldAsReported };
}

function farthest(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.map((values, index) => largestDifference(values, b[index] ?? [])));
}

/** Activations of large arguments: an exponential that overflows would make them NaN on a graphics card only. */
async function farOut(device: GpuDevice): Promise<unknown> {
  const x = await device.upload(Float32Array.of(-1e4, -100, 100, 1e4), [4, 1]);
  const weight = await device.upload(Float32Array.of(1), [1, 1]);
  const results: Record<string, readonly number[]> = {};
  for (const activation of ['gelu', 'silu', 'tanh'] as const) {
    const result = await linear(x, { weight, activation });
    results[activation] = [...(await result.read())].map((value) => Math.round(value * 1e3) / 1e3 + 0);
    result.dispose();
  }
  for (const tensor of [x, weight]) tensor.dispose();
  return results;
}

function codeOf(error: unknown): string {
  return error instanceof GpuJsError ? error.code : String(error);
}

async function codeOfFailure(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (thrown) {
    return codeOf(thrown);
  }
}

let context: { getExtension(name: 'WEBGL_lose_context'): { loseContext(): void } | null } | undefined;

/** gpu.js, with a hand on its context. */
async function losable(mode: GpuMode): Promise<unknown> {
  const library = (await import('gpu.js')) as unknown as Record<string, unknown> & {
    default?: Record<string, unknown>;
  };
  const parts = { ...library.default, ...library } as {
    GPU: new (settings: object) => { createKernel(...given: unknown[]): { kernel: { context: never } } };
  };
  if (mode !== 'webgl2') return parts;
  return {
    ...parts,
    GPU: class extends parts.GPU {
      override createKernel(...given: unknown[]): { kernel: { context: never } } {
        const kernel = super.createKernel(...given);
        context = kernel.kernel.context;
        return kernel;
      }
    },
  };
}

async function lose(mode: GpuMode): Promise<void> {
  if (mode === 'webgl2') context?.getExtension('WEBGL_lose_context')?.loseContext();
  else {
    const { WebGPUContext, default: inner } = (await import('gpu.js')) as unknown as Contexts & {
      default?: Contexts;
    };
    const { device } = await (WebGPUContext ?? inner?.WebGPUContext ?? missing()).acquire();
    device.destroy();
    await device.lost;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Contexts {
  readonly WebGPUContext?: { acquire(): Promise<{ device: { destroy(): void; lost: Promise<unknown> } }> };
}

function missing(): never {
  throw new Error('this gpu.js has no WebGPU');
}
