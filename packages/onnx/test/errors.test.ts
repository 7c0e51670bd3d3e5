import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxModel, onnxRunner, ProviderError, type OnnxRunner } from '../src/index.ts';
import { loadRuntime } from '../src/runtime.ts';
import { rejectionOf } from './catch.ts';
import { latteInput, somewhere } from './latte-mini.ts';
import { makeModel, tinyModel, tinyTransformer } from './make-model.ts';

const input = {
  latent: { data: new Float32Array(12).fill(0.3), dims: [1, 3, 4] },
  timestep: { data: Float32Array.of(0.5), dims: [1] },
};

describe('the runtime', () => {
  test('that is not installed is named with the command that installs it', async () => {
    const missing = new Error("Cannot find package 'onnxruntime-node'");
    const error = await rejectionOf(loadRuntime(() => Promise.reject(missing)));
    expect(error.code).toBe('RUNTIME_MISSING');
    expect(error.message).toContain('npm install onnxruntime-node');
    expect(error.cause).toBe(missing);
  });

  test('may be a module whose content is its default export', async () => {
    const runtime = await loadRuntime();
    expect(await loadRuntime(() => Promise.resolve({ default: runtime }))).toBe(runtime);
  });
});

describe('providers', () => {
  const load = (providers: readonly string[]): Promise<OnnxRunner> =>
    onnxRunner({ model: tinyModel(2), providers });

  test('that do not work are all listed, unknown ones and those that are not built in', async () => {
    const error = await rejectionOf(load(['imaginary', 'cuda']));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    const { attempts } = error as ProviderError;
    expect(attempts.map(({ provider }) => provider)).toEqual(['imaginary', 'cuda']);
    for (const attempt of attempts) expect(error.message).toContain(attempt.error.message);
  });

  test('are tried in order until one works', async () => {
    const runner = await load(['imaginary', 'cpu']);
    expect(runner.provider).toBe('cpu');
    await runner.dispose();
  });

  test('have to be named, and threads counted', async () => {
    expect((await rejectionOf(load([]))).code).toBe('PROVIDER_UNAVAILABLE');
    for (const threads of [0, 1.5, 100_000])
      expect((await rejectionOf(onnxRunner({ model: tinyModel(2), threads }))).message).toMatch(/threads/);
  });
});

describe('inputs', () => {
  let runner: OnnxRunner;
  beforeAll(async () => {
    runner = await onnxRunner({ model: tinyModel(2) });
  });
  afterAll(async () => runner.dispose());

  const { latent, timestep } = input;
  const two = { data: new Float32Array(24), dims: [2, 3, 4] };
  test.each([
    ['missing', { latent }, /"timestep": expected float32 \[batch\], got nothing/],
    ['unknown', { ...input, sample: latent }, /"sample": expected only "latent", "timestep"/],
    [
      'of another type',
      { latent, timestep: { data: BigInt64Array.of(1n), dims: [1] } },
      /"timestep": expected float32 .* got int64/,
    ],
    [
      'of another rank',
      { latent: { ...latent, dims: [3, 4] }, timestep },
      /expected float32 \[batch, 3, 4\], got \[3, 4\]/,
    ],
    ['of another size', { latent: { ...latent, dims: [1, 4, 3] }, timestep }, /got \[1, 4, 3\]/],
    ['of another batch', { latent: two, timestep }, /batch is 2 in "latent"/],
    [
      'too short',
      { latent: { ...latent, data: new Float32Array(3) }, timestep },
      /expected 12 elements .* got 3/,
    ],
    ['of another model', latteInput(), /"hidden_states"/],
  ])('that are %s are refused by name', async (_, given, message) => {
    for (const run of [
      (): Promise<unknown> => runner.plain(given),
      async (): Promise<unknown> => runner.enter(given, somewhere),
    ]) {
      const error = await rejectionOf(run());
      expect(error.code).toBe('INPUT_MISMATCH');
      expect(error.message).toMatch(message);
    }
  });

  test('may lie in shared memory', async () => {
    const data = new Float32Array(new SharedArrayBuffer(48)).fill(0.3);
    const shared = { ...input, latent: { data, dims: [1, 3, 4] } };
    expect(await runner.plain(shared)).toEqual(await runner.plain(input));
  });
});

describe('spans', () => {
  let runner: OnnxRunner;
  beforeAll(async () => {
    runner = await onnxRunner({ model: tinyModel(2) });
  });
  afterAll(async () => runner.dispose());

  test.each([
    ['backwards', { from: 2, until: 1 }],
    ['empty', { from: 1, until: 1 }],
    ['off the end', { from: 0, until: 9 }],
    ['broken', { from: 0.5, until: 2 }],
    ['with a value outside', { from: 0, until: 2, values: [3] }],
    ['with a tap outside', { from: 0, until: 2, taps: [{ tap: { of: 'stream' as const, at: 4 } }] }],
    [
      'with an unknown conditioning tap',
      { from: 0, until: 2, taps: [{ tap: { of: 'conditioning' as const, name: 'mood' } }] },
    ],
  ])('that are %s are refused', async (_, span) => {
    const refused = span.from === span.until ? runEmpty(runner) : runner.prepare([span]);
    expect((await rejectionOf(Promise.resolve(refused))).code).toBe('SPAN_INVALID');
  });

  test('refuse features whose data do not fit their sizes', async () => {
    const pass = await runner.enter(input, somewhere);
    const x = { tensors: [{ data: new Float32Array(5), dims: [1, 3, 4] }] };
    const span = pass.span({ from: 0, until: 2, x, values: new Map(), taps: [] });
    expect((await rejectionOf(Promise.resolve(span))).code).toBe('SPAN_INVALID');
  });

  test('report what the runtime says about features of the wrong shape', async () => {
    const pass = await runner.enter(input, somewhere);
    const x = { tensors: [{ data: new Float32Array(10), dims: [1, 2, 5] }] };
    const error = await rejectionOf(
      Promise.resolve(pass.span({ from: 0, until: 2, x, values: new Map(), taps: [] })),
    );
    expect(error.code).toBe('SESSION_FAILED');
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe('the end', () => {
  test('of a runner: it cannot be used, and dispose may be called again', async () => {
    const runner = await onnxRunner({ model: tinyModel(2) });
    const pass = await runner.enter(input, somewhere);
    await Promise.all([runner.dispose(), runner.dispose()]);
    await runner.dispose();
    const span = { from: 0, until: 2, x: pass.x, values: new Map(), taps: [] };
    for (const use of [
      (): Promise<unknown> => runner.plain(input),
      async (): Promise<unknown> => runner.enter(input, somewhere),
      (): Promise<unknown> => runner.prepare([]),
      async (): Promise<unknown> => pass.span(span),
      async (): Promise<unknown> => pass.exit(pass.x),
    ])
      expect((await rejectionOf(use())).code).toBe('DISPOSED');
  });

  test('of a runner waits for what is running', async () => {
    const runner = await onnxRunner({ model: tinyModel(2) });
    const running = runner.plain(input).then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );
    await runner.dispose();
    expect(['done', 'DISPOSED']).toContain(await running);
  });
});

describe('the self-check', () => {
  test('says when made-up inputs do not fit', async () => {
    const parts = tinyTransformer(2);
    const inputs = parts.inputs.map(
      ([name, shape]) => [name, shape.map((size) => (size === 3 ? 'rows' : size))] as const,
    );
    const model = makeModel({
      ...parts,
      inputs,
      outputs: [['prediction', ['batch', 'rows', 4]]],
      nodes: [['Reshape', ['latent', 'shape'], ['tokens']], ...parts.nodes.map(renameLatent)],
      integers: { ...parts.integers, shape: [-1, 3, 4] },
    });
    const error = await rejectionOf(onnxRunner({ model }));
    expect(error.code).toBe('SELF_CHECK_FAILED');
    expect(error.message).toMatch(/option dimensions/);
    const runner = await onnxRunner({ model, dimensions: { rows: 3 } });
    await runner.dispose();
  });
});

describe('plain models', () => {
  test('have the same errors', async () => {
    const model = await onnxModel({ model: tinyModel(0) });
    expect((await rejectionOf(model.run({}))).code).toBe('INPUT_MISMATCH');
    await model.dispose();
    expect((await rejectionOf(model.run(input))).code).toBe('DISPOSED');
    expect((await rejectionOf(onnxModel({ model: new Uint8Array(9) }))).code).toBe('MODEL_UNREADABLE');
    const invalid = makeModel({
      inputs: [['x', [1]]],
      outputs: [['y', [1]]],
      nodes: [['Imaginary', ['x'], ['y']]],
    });
    expect((await rejectionOf(onnxModel({ model: invalid }))).code).toBe('SESSION_FAILED');
  });
});

function renameLatent(node: ReturnType<typeof tinyTransformer>['nodes'][number]): typeof node {
  const [operator, inputs, ...others] = node;
  return [operator, inputs.map((name) => (name === 'latent' ? 'tokens' : name)), ...others];
}

async function runEmpty(runner: OnnxRunner): Promise<unknown> {
  const pass = await runner.enter(input, somewhere);
  return pass.span({ from: 1, until: 1, x: pass.x, values: new Map(), taps: [] });
}
