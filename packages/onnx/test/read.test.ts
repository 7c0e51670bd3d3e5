import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { cutModel, inspectModel, OnnxError, readGraph } from '../src/index.ts';
import { ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';
import { thrownBy } from './catch.ts';
import { latteMini } from './latte-mini.ts';
import { layoutFile } from './layout.ts';
import { graphInit, makeModel, tinyModel } from './make-model.ts';
import { mutated } from './mutate.ts';
import { runs } from './seed.ts';

describe('readGraph', () => {
  test('indexes nodes, inputs, outputs and weights', async () => {
    const graph = readGraph(await latteMini());
    expect(graph.opset).toBe(17);
    expect(graph.inputs.map(({ name }) => name)).toEqual([
      'hidden_states',
      'timestep',
      'encoder_hidden_states',
    ]);
    expect(graph.inputs[0]).toEqual({
      name: 'hidden_states',
      elementType: 1,
      shape: ['batch', 3, 8, 32, 32],
    });
    expect(graph.producers.get('sample')?.operator).toBe('Reshape');
    expect(graph.nodes.every(({ index }, at) => index === at)).toBe(true);
  });

  test('sorts nodes that are not in topological order', () => {
    const file = fromBinary(ModelProtoSchema, tinyModel(2));
    file.graph?.node.reverse();
    const graph = readGraph(toBinary(ModelProtoSchema, file));
    for (const node of graph.nodes)
      for (const name of node.reads) expect(graph.producers.get(name)?.index ?? -1).toBeLessThan(node.index);
  });

  test('counts what the bodies of control flow take from outside as read', () => {
    const body = graphInit({
      inputs: [],
      outputs: [['inside', []]],
      nodes: [['Add', ['outer', 'own'], ['inside']]],
      weights: { own: [1] },
    });
    const bytes = makeModel({
      inputs: [
        ['x', [1]],
        ['c', [], 9],
      ],
      outputs: [['y', [1]]],
      nodes: [
        ['Relu', ['x'], ['outer']],
        [
          'If',
          ['c'],
          ['y'],
          [
            { name: 'then_branch', type: 5, g: body },
            { name: 'else_branch', type: 5, g: body },
          ],
        ],
      ],
    });
    expect(readGraph(bytes).producers.get('y')?.reads).toEqual(['c', 'outer']);
  });

  test('drops empty names at the end of inputs: the runtime crashes on them', () => {
    const bytes = makeModel({
      inputs: [['x', [4]]],
      outputs: [['y', [4]]],
      nodes: [['LayerNormalization', ['x', 'scale', ''], ['y']]],
      weights: { scale: [4] },
    });
    expect(readGraph(bytes).nodes[0]?.proto.input).toEqual(['x', 'scale']);
  });

  const broken: readonly [string, () => Uint8Array, RegExp][] = [
    ['text', () => new TextEncoder().encode('this is no model at all'), /MODEL|usable/],
    ['nothing', () => new Uint8Array(), /no graph/],
    [
      'a model without a graph',
      () => toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })),
      /no graph/,
    ],
    ['a cut-off file', () => tinyModel(2).slice(0, -40), /broken or cut off|operator set|no graph/],
    [
      'a tensor from nowhere',
      () => nodesOnly([['Relu', ['z'], ['y']]]),
      /reads the tensor "z", which nothing produces/,
    ],
    ['an output from nowhere', () => nodesOnly([['Relu', ['x'], ['z']]]), /nothing produces its output "y"/],
    [
      'a tensor written twice',
      () =>
        nodesOnly([
          ['Relu', ['x'], ['y']],
          ['Neg', ['x'], ['y']],
        ]),
      /"y" is written twice/,
    ],
    [
      'a cycle',
      () =>
        nodesOnly([
          ['Add', ['x', 'b'], ['a']],
          ['Relu', ['a'], ['b']],
          ['Relu', ['b'], ['y']],
        ]),
      /cycle/,
    ],
    ['a node that reads itself', () => nodesOnly([['Add', ['x', 'y'], ['y']]]), /cycle/],
  ];
  test.each(broken)('says what is wrong with %s', (_, bytes, message) => {
    const error = thrownBy(() => readGraph(bytes()));
    expect(error.code).toBe('MODEL_UNREADABLE');
    expect(error.message).toMatch(message);
    expect(error.message.startsWith('[onnx] ')).toBe(true);
  });

  test('refuses operators of old versions', () => {
    const file = fromBinary(ModelProtoSchema, tinyModel(2));
    for (const one of file.opsetImport) one.version = 11n;
    const error = thrownBy(() => readGraph(toBinary(ModelProtoSchema, file)));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toMatch(/version 11 .* expected 13 or newer/);
  });
});

describe('mutated files', () => {
  let small: Uint8Array;
  let large: Uint8Array;
  beforeAll(async () => {
    small = tinyModel(3);
    large = await latteMini();
  });

  const read = (bytes: Uint8Array): void => {
    try {
      cutModel(readGraph(bytes));
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(OnnxError);
    }
  };

  test('give a cut or a typed error, however they were changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const bytes = small.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        read(bytes);
      }),
      { numRuns: runs(400) },
    );
  });

  test('give an inspection or a typed error, whatever is wrong with their graph', () => {
    const models = ['flux.dynamo', 'mmdit', 'hunyuan-skip.dynamo', 'latte.dynamo', 'dit-external'].map(
      (name) => Uint8Array.from(readFileSync(layoutFile(`${name}.onnx`))),
    );
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.nat(), (model, seed) => {
        try {
          inspectModel(readGraph(mutated(model, seed)));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(OnnxError);
        }
      }),
      { numRuns: runs(60) },
    );
  });

  test('give a typed error wherever they are cut off', () => {
    for (let end = 0; end < small.length; end += 7) read(small.slice(0, end));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (part) =>
        read(large.subarray(0, Math.floor(part * large.length))),
      ),
      { numRuns: runs(10) },
    );
  });

  test('give a typed error for bytes of any kind', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read), { numRuns: runs(300) });
  });
});

function nodesOnly(nodes: Parameters<typeof makeModel>[0]['nodes']): Uint8Array {
  return makeModel({ inputs: [['x', [1]]], outputs: [['y', [1]]], nodes });
}
