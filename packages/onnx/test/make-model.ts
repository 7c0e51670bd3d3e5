import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema } from '../src/graph/proto/onnx_pb.js';
import type { AttributeProtoSchema, NodeProtoSchema } from '../src/graph/proto/onnx_pb.js';

/** A declared input or output: name, sizes (strings are free), ONNX element type (1 is float32, 7 int64). */
export type Declared = readonly [name: string, shape: readonly (number | string)[], elementType?: number];

/** A node: operator, inputs, outputs, attributes. */
export type Node = readonly [
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: MessageInitShape<typeof AttributeProtoSchema>[],
];

/** A graph to make a model of. */
export interface GraphParts {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  readonly nodes: readonly Node[];
  /** float32 weights by name: sizes; filled with small fixed numbers. */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  /** int64 constants by name: their elements. */
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  /** What a node is called, as exporters write down the module that it belongs to; numbered where left out. */
  readonly nameOf?: (node: Node) => string;
}

/** An ONNX file of opset 17. */
export function makeModel(parts: GraphParts): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: create(GraphProtoSchema, graphInit(parts)),
  });
  return toBinary(ModelProtoSchema, model);
}

/** The graph alone, for bodies of control flow. */
export function graphInit(parts: GraphParts): MessageInitShape<typeof GraphProtoSchema> {
  return {
    name: 'made',
    node: parts.nodes.map((node, index) => nodeInit(node, parts.nameOf?.(node) ?? `node${index}`)),
    input: parts.inputs.map(declare),
    output: parts.outputs.map(declare),
    initializer: [
      ...Object.entries(parts.weights ?? {}).map(([name, dims], seed) => {
        const count = dims.reduce((product, size) => product * size, 1);
        const floatData = Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + seed) * 0.4);
        return { name, dataType: 1, dims: dims.map(BigInt), floatData };
      }),
      ...Object.entries(parts.integers ?? {}).map(([name, elements]) => ({
        name,
        dataType: 7,
        dims: [BigInt(elements.length)],
        int64Data: elements.map(BigInt),
      })),
    ],
  };
}

function nodeInit(
  [opType, input, output, attribute = []]: Node,
  name: string,
): MessageInitShape<typeof NodeProtoSchema> {
  return { opType, input: [...input], output: [...output], attribute, name };
}

function declare([name, shape, elemType = 1]: Declared): {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: ({ dimValue: bigint } | { dimParam: string })[] } } };
} {
  const dim = shape.map((size) =>
    typeof size === 'number' ? { dimValue: BigInt(size) } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A transformer of width 4 without an embedding, whose MLPs are gated by the timestep. */
export function tinyTransformer(blocks: number, { attention = true } = {}): GraphParts {
  const nodes: Node[] = [
    ['Cos', ['timestep'], ['wave']],
    ['Unsqueeze', ['wave', 'axes'], ['gate']],
    ['MatMul', ['latent', 'embed'], ['x0']],
  ];
  for (let block = 0; block < blocks; block++) nodes.push(...tinyBlock(block, attention));
  nodes.push(['MatMul', [`x${blocks}`, 'head'], ['prediction']]);
  const square = [4, 4];
  return {
    inputs: [
      ['latent', ['batch', 3, 4]],
      ['timestep', ['batch']],
    ],
    outputs: [['prediction', ['batch', 3, 4]]],
    nodes,
    weights: {
      embed: square,
      query: square,
      key: square,
      value: square,
      up: [4, 8],
      down: [8, 4],
      head: square,
    },
    integers: { axes: [1, 2] },
  };
}

function tinyBlock(block: number, attention: boolean): readonly Node[] {
  const [x, y, next] = [`x${block}`, `y${block}`, `x${block + 1}`];
  const own = (name: string): string => `${name}${block}`;
  const mix: readonly Node[] = attention
    ? [
        ['MatMul', [x, 'query'], [own('q')]],
        ['MatMul', [x, 'key'], [own('k')]],
        ['Transpose', [own('k')], [own('kT')], [{ name: 'perm', type: 7, ints: [0n, 2n, 1n] }]],
        ['MatMul', [own('q'), own('kT')], [own('s')]],
        ['Softmax', [own('s')], [own('p')]],
        ['MatMul', [x, 'value'], [own('v')]],
        ['MatMul', [own('p'), own('v')], [own('a')]],
      ]
    : [['MatMul', [x, 'query'], [own('a')]]];
  return [
    ...mix,
    ['Add', [x, own('a')], [y]],
    ['MatMul', [y, 'up'], [own('h')]],
    ['Relu', [own('h')], [own('r')]],
    ['MatMul', [own('r'), 'down'], [own('m')]],
    ['Mul', ['gate', own('m')], [own('g')]],
    ['Add', [y, own('g')], [next]],
  ];
}

/** `tinyTransformer` as a file. */
export function tinyModel(blocks: number, options: { attention?: boolean } = {}): Uint8Array {
  return makeModel(tinyTransformer(blocks, options));
}
