import {
  bwcache,
  easycache,
  fbcache,
  fora,
  never,
  pab,
  parsePolicy,
  refrain,
  streamOf,
  taylorseer,
  teacache,
  type Float32Tensor,
  type Policy,
} from '@refrain/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  choosePlan,
  onnxRunner,
  type OnnxInput,
  type OnnxRunner,
  type OnnxTensor,
  type PlanName,
} from '../src/index.ts';
import { tinyModel } from './make-model.ts';
import { latteInput, latteMini } from './latte-mini.ts';

const plans: readonly PlanName[] = ['fused', 'gated', 'chain'];
const timesteps = [1000, 900, 800, 700, 600, 500, 400, 300];

/** Policies that decide before the blocks, between them, inside them and around them. */
const policies: readonly string[] = [
  'never',
  'bwcache(threshold=0.9,stride=5)',
  'bwcache(threshold=0.9,form=paper,interval=2)',
  'teacache(threshold=0.6)',
  'fbcache(threshold=0.9)',
  'dbcache(threshold=0.9,front=1,back=1,warmUp=1)',
  'fora(interval=2)',
  'fora(interval=3,cache=stack)',
  'easycache(threshold=0.9,warmUp=2)',
  'taylorseer(order=1,warmUp=2)',
  'pab(spatial=2,temporal=3)',
  'fixed(mask=1100)',
];

function tinyInput(timestep: number, batch = 1): OnnxInput {
  return {
    latent: {
      data: Float32Array.from({ length: 12 * batch }, (_, at) => Math.cos(at * 2.3 + timestep / 200)),
      dims: [batch, 3, 4],
    },
    timestep: { data: new Float32Array(batch).fill(timestep / 1000), dims: [batch] },
  };
}

/** All outputs and decisions of a generation. */
async function generation(
  runner: OnnxRunner,
  policy: Policy,
  input: (timestep: number, step: number) => OnnxInput,
): Promise<{ outputs: readonly Float32Tensor[]; mask: unknown; held: number }> {
  const run = refrain(runner, policy).start({ timesteps });
  const outputs: Float32Tensor[] = [];
  for (const [step, timestep] of timesteps.entries())
    outputs.push(await run.step(input(timestep, step), { step }));
  const { mask, bytes } = run.report();
  return { outputs, mask, held: bytes.peak };
}

describe('every plan', () => {
  const runners = new Map<PlanName, OnnxRunner>();
  beforeAll(async () => {
    for (const plan of plans) runners.set(plan, await onnxRunner({ model: tinyModel(3), plan }));
  });
  afterAll(async () => {
    for (const runner of runners.values()) await runner.dispose();
  });

  test.each(policies.filter((id) => !id.startsWith('pab')))(
    'decides alike and gives the same: %s',
    async (id) => {
      const [expected, ...others] = await Promise.all(
        (['chain', 'fused', 'gated'] as const).map((plan) => {
          const runner = runners.get(plan);
          if (!runner) throw new Error(plan);
          return generation(runner, parsePolicy(id), (timestep) => tinyInput(timestep));
        }),
      );
      if (id !== 'never') expect(JSON.stringify(expected?.mask)).toMatch(/[0p]/);
      for (const got of others) {
        expect(got.mask).toEqual(expected?.mask);
        expect(got.held).toBe(expected?.held);
        for (const [step, { data }] of got.outputs.entries())
          for (const [at, value] of data.entries())
            expect(value).toBeCloseTo(expected?.outputs[step]?.data[at] ?? Number.NaN, 5);
      }
    },
  );

  test.each([
    ['bwcache(threshold=2,stride=5)', 1],
    ['teacache(threshold=0.6,stride=2)', 2],
    ['teacache(threshold=0.6,warmUp=3)', 2],
    ['fbcache(threshold=0.9,stride=2)', 2],
    ['fbcache(threshold=0.9,warmUp=2)', 2],
    ['fbcache(threshold=0.9,blocks=2)', 2],
    ['dbcache(threshold=0.9,front=1,back=1,warmUp=1)', 2],
    ['fora(interval=3,cache=stack)', 1],
    ['fixed(mask=1100)', 1],
  ] as const)('chosen for it decides and gives the same: %s, in %i sessions', async (policy, sessions) => {
    const model = tinyModel(4);
    const chain = await onnxRunner({ model, plan: 'chain' });
    const chosen = await onnxRunner({ model, policy });
    expect(chosen.plan.name).toBe('gated');
    const expected = await generation(chain, parsePolicy(policy), (timestep) => tinyInput(timestep));
    const got = await generation(chosen, parsePolicy(policy), (timestep) => tinyInput(timestep));
    expect(got.mask).toEqual(expected.mask);
    expect(got.held).toBe(expected.held);
    expect(JSON.stringify(got.mask)).toMatch(/[0p]/);
    for (const [step, { data }] of got.outputs.entries())
      for (const [at, value] of data.entries())
        expect(value).toBeCloseTo(expected.outputs[step]?.data[at] ?? Number.NaN, 5);
    expect(chosen.sessions()).toHaveLength(sessions);
    await chain.dispose();
    await chosen.dispose();
  });

  test('computes when the batch changes, or when a feature is not finite', async () => {
    const masks = [];
    for (const plan of plans) {
      const runner = runners.get(plan);
      if (!runner) continue;
      const { mask } = await generation(runner, parsePolicy('fixed(mask=11001100)'), (timestep, step) => {
        const input = tinyInput(timestep, step === 3 ? 2 : 1);
        if (step === 5) input['latent']?.data.fill(Number.NaN as never);
        return input;
      });
      masks.push(mask);
    }
    expect(masks[1]).toEqual(masks[0]);
    expect(masks[2]).toEqual(masks[0]);
  });
});

test('a tensor on a GPU is refused, with its name', async () => {
  const runner = await onnxRunner({ model: tinyModel(2) });
  const { latent, timestep } = tinyInput(500);
  const onDevice = { ...latent, location: 'gpu-buffer' } as unknown as OnnxTensor;
  await expect(runner.plain({ latent: onDevice, timestep })).rejects.toMatchObject({
    code: 'INPUT_MISMATCH',
    message: expect.stringMatching(/"latent".*gpu-buffer/) as string,
  });
  await runner.dispose();
});

describe('on latte-mini', () => {
  test('never gives the bits of the plain model from one session', async () => {
    const runner = await onnxRunner({ model: await latteMini(), policy: 'never', selfCheck: false });
    const run = refrain(runner, never()).start({ timesteps });
    const output = await run.step(latteInput(), { step: 0 });
    expect(runner.sessions()).toHaveLength(1);
    expect(output).toEqual(await runner.plain(latteInput()));
    await runner.dispose();
    expect(runner.sessions()).toEqual([]);
  });

  test.each([
    ['bwcache(threshold=0.5,stride=61)', 'gated', 1],
    ['teacache(threshold=0.3)', 'gated', 2],
    ['fbcache(threshold=0.3)', 'gated', 2],
  ] as const)('%s: %s, in %i sessions', async (policy, plan, sessions) => {
    const runner = await onnxRunner({ model: await latteMini(), policy, selfCheck: false });
    expect(runner.plan.name).toBe(plan);
    const run = refrain(runner, parsePolicy(policy)).start({ timesteps });
    for (const [step, timestep] of timesteps.entries()) await run.step(latteInput(1, timestep), { step });
    expect(run.report().reuseRate).toBeGreaterThan(0);
    expect(runner.sessions()).toHaveLength(sessions);
    await runner.dispose();
  });
});

describe('the choice of a plan', () => {
  const stream = streamOf([
    { level: 'block', name: 'a', family: 'block', from: 0, until: 1, modulated: true },
    { level: 'block', name: 'b', family: 'block', from: 1, until: 2, modulated: true },
    { level: 'inner', name: 'a/attention', kind: 'self-attention', block: 'a', from: 0, until: 1 },
    { level: 'inner', name: 'b/attention', kind: 'self-attention', block: 'b', from: 1, until: 2 },
  ]);

  test.each([
    [never(), 'cpu', 'fused', 'reuses nothing'],
    [bwcache(), 'cpu', 'gated', 'before the blocks'],
    [teacache(), 'cuda', 'gated', 'before the blocks'],
    [fora({ cache: 'stack' }), 'webgpu', 'gated', 'before the blocks'],
    [teacache(), 'cpu', 'gated', 'looks and decides'],
    [fbcache(), 'cpu', 'gated', 'behind its first blocks'],
    [fbcache({ warmUp: 4 }), 'cuda', 'gated', 'behind its first blocks'],
    [pab(), 'cuda', 'fused', 'main memory'],
    [fora(), 'cpu', 'fused', 'between blocks'],
    [pab(), 'cpu', 'fused', 'between blocks'],
    [taylorseer(), 'cpu', 'fused', 'between blocks'],
    [easycache(), 'webgpu', 'fused', 'whole passes'],
    [undefined, 'cpu', 'fused', 'no policy'],
  ] as const)('%#', (policy, provider, name, why) => {
    const plan = choosePlan({ policy, provider, stream });
    expect(plan.name).toBe(name);
    expect(plan.why).toContain(why);
  });

  test('can be overridden', () => {
    expect(choosePlan({ policy: bwcache(), provider: 'cpu', stream, plan: 'chain' }).name).toBe('chain');
  });
});
