import { streamOf, type InnerSite } from '@refrain/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { cutModel, readGraph, type ModelCut } from '../src/index.ts';
import { thrownBy } from './catch.ts';
import { latteMini } from './latte-mini.ts';
import { graphInit, makeModel, tinyModel, tinyTransformer, type Node } from './make-model.ts';
import { scrubbed } from './scrub.ts';

const layers = [0, 1, 2, 3, 4, 5];
const kindsOf = (cut: ModelCut): readonly string[] => cut.inner.map(({ kind }: InnerSite) => kind);
const latteKinds = layers.flatMap(() => [
  'spatial-attention',
  'cross-attention',
  'mlp',
  'temporal-attention',
  'mlp',
]);

describe('latte-mini', () => {
  let bytes: Uint8Array;
  let cut: ModelCut;
  beforeAll(async () => {
    bytes = await latteMini();
    cut = cutModel(readGraph(bytes));
  });

  test('has six spatial and six temporal blocks in turn', () => {
    const names = layers.flatMap((n) => [`transformer_blocks.${n}`, `temporal_transformer_blocks.${n}`]);
    expect(cut.blocks.map(({ name }) => name)).toEqual(names);
    expect(cut.blocks.map(({ family }) => family)).toEqual(names.map((name) => name.replace(/\.\d$/, '')));
    const starts = layers.flatMap((n) => [5 * n, 5 * n + 3]);
    expect(cut.blocks.map(({ from }) => from)).toEqual(starts);
    expect(cut.blocks.every(({ modulated }) => modulated)).toBe(true);
  });

  test('has thirty modules, named as in the exporting program', () => {
    expect(kindsOf(cut)).toEqual(latteKinds);
    expect(cut.inner.slice(0, 5).map(({ name }) => name)).toEqual([
      'transformer_blocks.0/attn1',
      'transformer_blocks.0/attn2',
      'transformer_blocks.0/ff',
      'temporal_transformer_blocks.0/attn1',
      'temporal_transformer_blocks.0/ff',
    ]);
    expect(streamOf([...cut.blocks, ...cut.inner]).length).toBe(30);
  });

  test('is cut where the stream lies as at its start', () => {
    expect(cut.positions[0]).toEqual(['/pos_embed/Add_output_0']);
    expect(cut.positions[3]).toEqual(['transformer_blocks.0.output']);
    expect(cut.positions[5]).toEqual(['/Reshape_8_output_0']);
    expect(cut.positions[30]).toEqual(['/Reshape_28_output_0']);
  });

  test('takes values before their gates and inputs after their modulation', () => {
    expect(cut.modules[0]).toEqual({
      value: ['/transformer_blocks.0/attn1/to_out.0/Add_output_0'],
      modulated: '/transformer_blocks.0/Add_3_output_0',
    });
    expect(cut.modules[4]).toEqual({
      value: ['/temporal_transformer_blocks.0/ff/net.2/Add_output_0'],
      modulated: '/temporal_transformer_blocks.0/Add_6_output_0',
    });
  });

  test('carries the timestep and the prompt, and nothing else', () => {
    expect(cut.carried.toSorted()).toEqual([
      '/Reshape_1_output_0',
      '/adaln_single/emb/timestep_embedder/linear_2/Gemm_output_0',
      // The modulation before it is repeated for every frame, and for every token.
      '/adaln_single/linear/Gemm_output_0',
    ]);
    expect(cut.conditioning.get('timestep-embedding')).toBe(
      '/adaln_single/emb/timestep_embedder/linear_2/Gemm_output_0',
    );
  });

  test('is cut the same way without names and in another order of nodes', () => {
    const blind = cutModel(readGraph(scrubbed(bytes)));
    expect(kindsOf(blind)).toEqual(latteKinds);
    expect(blind.blocks.map(({ from, until }) => [from, until])).toEqual(
      cut.blocks.map(({ from, until }) => [from, until]),
    );
    expect(blind.blocks.slice(0, 2).map(({ name, family }) => [name, family])).toEqual([
      ['block.0', 'spatial'],
      ['block.1', 'temporal'],
    ]);
    expect(blind.inner.slice(0, 5).map(({ name }) => name)).toEqual([
      'block.0/attention',
      'block.0/cross-attention',
      'block.0/mlp',
      'block.1/attention',
      'block.1/mlp',
    ]);
    expect(blind.carried.length).toBe(cut.carried.length);
    expect([...blind.conditioning.keys()]).toEqual(['timestep-embedding']);
  });
});

describe('small models', () => {
  test('are divided after each MLP', () => {
    const cut = cutModel(readGraph(tinyModel(3)));
    expect(cut.blocks.map(({ name, from, until }) => [name, from, until])).toEqual([
      ['block.0', 0, 2],
      ['block.1', 2, 4],
      ['block.2', 4, 6],
    ]);
    expect(kindsOf(cut).slice(0, 2)).toEqual(['self-attention', 'mlp']);
    expect(cut.modules[1]?.value).toEqual(['m0']);
    expect(cut.carried).toEqual(['gate']);
  });

  test('without a repeated block are refused', () => {
    for (const bytes of [tinyModel(1), tinyModel(4, { attention: false }), tinyModel(0)])
      expect(thrownBy(() => cutModel(readGraph(bytes))).code).toBe('NO_BLOCKS');
  });

  test('that pick experts with a softmax have an MLP there', () => {
    const parts = tinyTransformer(2);
    const nodes = parts.nodes.flatMap((node): readonly Node[] => {
      const [operator, [input = ''], [output = '']] = node;
      if (operator !== 'Relu') return [node];
      return [
        ['Softmax', [input], [`${output}router`]],
        ['Mul', [`${output}router`, input], [output]],
      ];
    });
    expect(kindsOf(cutModel(readGraph(makeModel({ ...parts, nodes }))))).toEqual([
      'self-attention',
      'mlp',
      'self-attention',
      'mlp',
    ]);
  });

  test('may hold control flow in a module', () => {
    const parts = tinyTransformer(2);
    const body = (operator: string): ReturnType<typeof graphInit> =>
      graphInit({ inputs: [], outputs: [['chosen', []]], nodes: [[operator, ['h1'], ['chosen']]] });
    const nodes = parts.nodes.map((node): Node => {
      if (node[2][0] !== 'r1') return node;
      const branches = [
        { name: 'then_branch', type: 5, g: body('Relu') },
        { name: 'else_branch', type: 5, g: body('Neg') },
      ];
      return ['If', ['flag'], ['r1'], branches];
    });
    const cut = cutModel(
      readGraph(makeModel({ ...parts, nodes, inputs: [...parts.inputs, ['flag', [], 9]] })),
    );
    expect(cut.positions.flat()).toEqual(['x0', 'y0', 'x1', 'y1', 'x2']);
  });

  test('whose blocks need sizes that depend on values before them are refused by name', () => {
    const parts = tinyTransformer(2);
    const nodes = [
      ...parts.nodes.filter(([operator]) => operator !== 'Relu'),
      ['NonZero', ['h0'], ['places']] as const,
      ['Shape', ['places'], ['sizes']] as const,
      ['Reshape', ['h0', 'sizes'], ['r0']] as const,
      ['Reshape', ['h1', 'sizes'], ['r1']] as const,
    ];
    const error = thrownBy(() => cutModel(readGraph(makeModel({ ...parts, nodes }))));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toMatch(/cannot be cut/);
  });
});

describe('the latent', () => {
  const withInputs = (inputs: ReturnType<typeof tinyTransformer>['inputs']): Uint8Array =>
    makeModel({ ...tinyTransformer(2), inputs });

  test('can be named', () => {
    const options = { latent: 'latent', output: 'prediction' };
    expect(cutModel(readGraph(tinyModel(2)), options).latent).toBe('latent');
    const error = thrownBy(() => cutModel(readGraph(tinyModel(2)), { latent: 'sample' }));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toMatch(/no "sample", only "latent", "timestep"/);
  });

  test('must be told apart from other inputs', () => {
    const bytes = withInputs([
      ['latent', ['batch', 3, 4]],
      ['x', ['batch', 3, 4]],
      ['timestep', ['batch']],
    ]);
    expect(thrownBy(() => cutModel(readGraph(bytes))).message).toMatch(/both look like the latent/);
    expect(cutModel(readGraph(bytes), { latent: 'latent' }).blocks.length).toBe(2);
  });

  test('must be float32 or float16', () => {
    const bytes = withInputs([
      ['latent', ['batch', 3, 4], 7],
      ['timestep', ['batch']],
    ]);
    expect(thrownBy(() => cutModel(readGraph(bytes))).message).toMatch(/"latent" is int64/);
  });
});
