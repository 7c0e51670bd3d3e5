import {
  bwcache,
  fbcache,
  fora,
  never,
  refrain,
  type BlockSite,
  type Float32Tensor,
  type Policy,
} from '@refrain/core';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asFloat32 } from '../src/feature/feature.ts';
import {
  cutModel,
  loadGraph,
  onnxRunner,
  readGraph,
  type ModelCut,
  type OnnxFeature,
  type OnnxInput,
  type OnnxRunner,
} from '../src/index.ts';
import { rejectionOf, thrownBy } from './catch.ts';
import { somewhere } from './latte-mini.ts';
import { layouts, readLayout, type Layout, type LayoutTensor } from './layout.ts';
import { scrubbed } from './scrub.ts';

const cacheable = layouts().filter((layout) => layout.cacheable);
const named = cacheable.map((layout) => [layout.name, layout] as const);
const counts = ({ families }: Pick<ModelCut, 'families'>): readonly string[] =>
  families.map(({ blocks, streams }) => `${blocks.length} blocks of ${streams}`);
const expectedCounts = ({ families }: Layout): readonly string[] =>
  families.map(({ count, streams }) => `${count} blocks of ${streams}`);

describe('finding blocks', () => {
  test.each(named)('%s: all of them, with their tensors', async (_, layout) => {
    const cut = cutModel(await loadGraph(layout.path));
    expect(counts(cut)).toEqual(expectedCounts(layout));
    const found = cut.families.flatMap(({ blocks }) => blocks);
    for (const { path, outputs, inputs } of layout.blocks) {
      const block = found.find((one) => outputs.every((output) => carries(one.outputs, output)));
      expect(block, `${path} ends with ${JSON.stringify(outputs)}`).toBeDefined();
      expect(block?.outputs.length).toBe(outputs.length);
      for (const input of inputs ?? []) expect(carries(block?.inputs ?? [], input), path).toBe(true);
    }
  });

  test.each(named)('%s: as many without names and in a random order of nodes', (_, layout) => {
    const cut = cutModel(readGraph(scrubbed(readFileSync(layout.path), 5)));
    expect(counts(cut)).toEqual(expectedCounts(layout));
  });

  test('refuses a model without attention', async () => {
    const graph = await loadGraph(readLayout('no-blocks').path);
    expect(thrownBy(() => cutModel(graph)).code).toBe('NO_BLOCKS');
  });

  test('says which blocks are not cached, or not in every way, and why', async () => {
    const warningsOf = async (name: string): Promise<string> =>
      cutModel(await loadGraph(readLayout(name).path)).warnings.join('\n');
    expect(await warningsOf('unet')).toMatch(/down_attn1.*not cached, because other layers lie between/);
    expect(await warningsOf('hunyuan-skip')).toMatch(/blocks\.1.*skip connections/);
    expect(await warningsOf('dit-adaln')).toBe('');
  });
});

describe('running in pieces', () => {
  test.each(named)(
    '%s: the reference output, whole, block by block, and with all values given',
    async (_, layout) => {
      const runner = await onnxRunner({ model: layout.path });
      const input = layout.input();
      const expected = float32(layout.reference(layout.output));
      const scale = layout.name.includes('fp16') ? 2e-2 : 1e-5;
      const close = (got: Float32Tensor): void =>
        expect(difference(got.data, expected.data)).toBeLessThan(scale);
      close(await runner.plain(input));
      const blocks = runner.sites.filter((site): site is BlockSite => site.level === 'block');
      const { output, streams } = await inSpans(runner, input, blocks);
      close(output);
      close(await withAllValues(runner, input));
      for (const [nth, site] of blocks.entries()) {
        const reference = layout.blocks.findIndex(({ path }) => path === site.name);
        if (reference < 0 || layout.blocks[reference]?.outputs.length !== streams[nth]?.tensors.length)
          continue;
        for (const [stream, { dims, data }] of streams[nth]!.tensors.entries()) {
          const hidden = layout.blocks[reference]!.outputs.map((one) => layout.reference(one.reference));
          const same = hidden.find((one) => one.dims.join() === dims.join());
          if (same)
            expect(
              difference(float32({ dims, data }).data, float32(same).data),
              `${site.name} ${stream}`,
            ).toBeLessThan(20 * scale);
        }
      }
      await runner.dispose();
    },
  );

  const policies: readonly (readonly [string, () => Policy])[] = [
    ['never', () => never()],
    ['fora', () => fora()],
    ['fbcache', () => fbcache({ threshold: 10 })],
    ['bwcache', () => bwcache({ threshold: 10 })],
  ];
  test.each(['mmdit', 'flux.dynamo', 'cogvideo-pair', 'hunyuan-skip', 'unet', 'dit-fp16'])(
    '%s: policies reuse, and equal inputs give equal outputs',
    async (name) => {
      const layout = readLayout(name);
      const runner = await onnxRunner({ model: layout.path, selfCheck: false });
      const input = layout.input();
      const plain = await runner.plain(input);
      for (const [policyName, policy] of policies) {
        const run = refrain(runner, policy()).start({ timesteps: [9, 8, 7, 6] });
        let output = plain;
        for (const step of [0, 1, 2, 3]) output = await run.step(input, { step });
        expect(difference(output.data, plain.data), policyName).toBeLessThan(
          name === 'dit-fp16' ? 2e-2 : 1e-5,
        );
        const { reuseRate } = run.report();
        if (policyName === 'never') expect(reuseRate).toBe(0);
        else expect(reuseRate, policyName).toBeGreaterThan(0);
      }
      await runner.dispose();
    },
  );

  test('float16 inputs may be given as float32, and outputs are float32', async () => {
    const layout = readLayout('dit-fp16.dynamo');
    // In a chain every feature is at hand, and can be looked into.
    const runner = await onnxRunner({ model: layout.path, plan: 'chain' });
    const halves = layout.input();
    const floats = Object.fromEntries(
      Object.entries(halves).map(([name, tensor]) => [
        name,
        tensor?.data instanceof Uint16Array ? float32(tensor) : tensor,
      ]),
    );
    const output = await runner.plain(floats);
    expect(output.data).toBeInstanceOf(Float32Array);
    expect(output).toEqual(await runner.plain(halves));
    const pass = await runner.enter(halves, somewhere);
    expect(pass.x.tensors[0]?.data).toBeInstanceOf(Uint16Array);
    await runner.dispose();
  });
});

describe('manual cuts', () => {
  test('are taken instead of those found, and have to be on the way in order', async () => {
    const { path, blocks } = readLayout('mmdit');
    const graph = await loadGraph(path);
    const cuts = [blocks[0]!.inputs!, blocks[1]!.outputs, blocks[3]!.outputs].map((tensors) =>
      tensors.map(({ tensors: [first = ''] }) => first),
    );
    const cut = cutModel(graph, { cuts });
    expect(cut.blocks.length).toBe(2);
    expect(cut.positions).toEqual(cuts);
    const runner = await onnxRunner({ model: path, cuts });
    expect(runner.sites.filter(({ level }) => level === 'block').length).toBe(2);
    await runner.dispose();
    expect(thrownBy(() => cutModel(graph, { cuts: cuts.toReversed() })).message).toMatch(
      /is not computed from/,
    );
    expect(thrownBy(() => cutModel(graph, { cuts: ['nowhere', 'else'] })).message).toMatch(
      /no tensor "nowhere"/,
    );
    expect(thrownBy(() => cutModel(graph, { cuts: cuts.slice(1, 2) })).message).toMatch(/at least two cuts/);
  });

  test('find a way where nothing was found', async () => {
    const { path } = readLayout('no-blocks');
    const error = await rejectionOf(onnxRunner({ model: path }));
    expect(error.code).toBe('NO_BLOCKS');
    expect(error.message).toMatch(/option cuts/);
  });
});

function carries(tensors: readonly string[], one: LayoutTensor): boolean {
  return one.tensors.some((name) => tensors.includes(name));
}

async function inSpans(
  runner: OnnxRunner,
  input: OnnxInput,
  blocks: readonly BlockSite[],
): Promise<{ output: Float32Tensor; streams: readonly OnnxFeature[] }> {
  const pass = await runner.enter(input, somewhere);
  const streams: OnnxFeature[] = [];
  let x = pass.x;
  for (const { from, until } of blocks) {
    ({ x } = await pass.span({ from, until, x, values: new Map(), taps: [] }));
    streams.push(x);
  }
  return { output: await pass.exit(x), streams };
}

async function withAllValues(runner: OnnxRunner, input: OnnxInput): Promise<Float32Tensor> {
  const inner = runner.sites.filter(({ level }) => level === 'inner').map(({ from }) => from);
  const pass = await runner.enter(input, somewhere);
  const span = { from: 0, until: inner.length, x: pass.x };
  const taps = inner.map((at) => ({ tap: { of: 'value' as const, at } }));
  const computed = await pass.span({ ...span, values: new Map(), taps });
  const values = new Map(inner.map((at, nth) => [at, computed.taps[nth]!]));
  const { x } = await pass.span({ ...span, values, taps: [] });
  return pass.exit(x);
}

function float32({
  data,
  dims,
}: {
  readonly data: unknown;
  readonly dims: readonly number[];
}): Float32Tensor {
  return asFloat32({ data: data as Float32Array, dims });
}

function difference(got: Float32Array, expected: Float32Array): number {
  expect(got.length).toBe(expected.length);
  return expected.reduce(
    (largest, value, at) => Math.max(largest, Math.abs(value - (got[at] ?? Number.NaN))),
    0,
  );
}
