import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { cutModel, onnxRunner, readGraph } from '../src/index.ts';
import { FunctionProtoSchema, ModelProtoSchema, NodeProtoSchema } from '../src/graph/proto/onnx_pb.js';
import { thrownBy } from './catch.ts';
import { tinyModel } from './make-model.ts';

const input = {
  latent: { data: new Float32Array(12).fill(0.3), dims: [1, 3, 4] },
  timestep: { data: Float32Array.of(0.5), dims: [1] },
};

/** The tiny model whose activations and gates are calls of functions. */
function withFunctions(functions: readonly MessageInitShape<typeof FunctionProtoSchema>[]): Uint8Array {
  const file = fromBinary(ModelProtoSchema, tinyModel(2));
  file.functions = functions.map((one) => create(FunctionProtoSchema, one));
  for (const node of file.graph?.node ?? []) {
    if (node.opType !== 'Relu') continue;
    node.domain = 'pkg';
    node.opType = 'Activation';
    node.attribute = create(NodeProtoSchema, { attribute: [{ name: 'slope', type: 1, f: 0 }] }).attribute;
  }
  return toBinary(ModelProtoSchema, file);
}

const activation = {
  domain: 'pkg',
  name: 'Activation',
  input: ['x'],
  output: ['y'],
  attribute: ['slope'],
  node: [
    { domain: 'pkg', opType: 'Inner', input: ['x'], output: ['inner'] },
    {
      opType: 'LeakyRelu',
      input: ['inner'],
      output: ['y'],
      attribute: [{ name: 'alpha', type: 1, refAttrName: 'slope' }],
    },
  ],
};
const inner = {
  domain: 'pkg',
  name: 'Inner',
  input: ['x'],
  output: ['y'],
  node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
};

describe('functions that a model defines', () => {
  test('are replaced by their bodies, also inside each other, with their attributes', async () => {
    const bytes = withFunctions([activation, inner]);
    const graph = readGraph(bytes);
    expect(graph.nodes.filter(({ operator }) => operator === 'LeakyRelu').length).toBe(2);
    expect(graph.nodes.some(({ operator }) => operator.startsWith('pkg'))).toBe(false);
    expect(cutModel(graph).blocks.length).toBe(2);
    const runner = await onnxRunner({ model: bytes });
    const plain = await onnxRunner({ model: tinyModel(2) });
    expect(await runner.plain(input)).toEqual(await plain.plain(input));
    await Promise.all([runner.dispose(), plain.dispose()]);
  });

  test.each([
    [
      'that call themselves',
      [{ ...activation, node: [{ ...activation.node[0], opType: 'Activation' }] }],
      /calls itself/,
    ],
    [
      'for other versions of the operators',
      [{ ...activation, opsetImport: [{ domain: '', version: 18n }] }, inner],
      /uses version 18 .* the model 17/,
    ],
  ])('%s are refused by name', (_, functions, message) => {
    const error = thrownBy(() => readGraph(withFunctions(functions)));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toContain('"pkg::Activation"');
    expect(error.message).toMatch(message);
  });
});
