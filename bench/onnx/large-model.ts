import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelProtoSchema } from '../../packages/onnx/src/graph/proto/onnx_pb.js';
import type { NodeProtoSchema, TensorProtoSchema } from '../../packages/onnx/src/graph/proto/onnx_pb.js';

/** Sizes of a transformer. */
export interface LargeModel {
  readonly blocks: number;
  readonly width: number;
  readonly tokens: number;
}

type Node = MessageInitShape<typeof NodeProtoSchema>;
type Weight = MessageInitShape<typeof TensorProtoSchema>;

interface Draft {
  readonly nodes: Node[];
  readonly weights: Weight[];
  offset: number;
}

const FLOAT = 1;
const INT64 = 7;

/**
 * Writes a DiT (adaLN, self-attention, MLP) whose weights lie in a file of their own. That file is sparse: it has the size, but
 * takes no room on the disk.
 *
 * @returns path of the model, and the size of its weights in bytes
 */
export async function writeLargeModel(
  folder: string,
  sizes: LargeModel,
): Promise<{ path: string; bytes: number }> {
  const draft = draftModel(sizes);
  const path = join(folder, 'large.onnx');
  await writeFile(path, toBinary(ModelProtoSchema, fileOf(draft, sizes)));
  const file = await open(join(folder, 'large.data'), 'w');
  await file.truncate(draft.offset);
  await file.close();
  return { path, bytes: draft.offset };
}

function draftModel({ blocks, width, tokens }: LargeModel): Draft {
  const draft: Draft = { nodes: [], weights: integers(width), offset: 0 };
  const condition = linear(draft, 'condition', 'c', width, width);
  let x = linear(draft, 'embed', 'latent', 16, width);
  for (let block = 0; block < blocks; block++)
    x = transformerBlock(draft, `blocks.${block}`, x, condition, width, tokens);
  linear(draft, 'head', x, width, 16, 'output');
  return draft;
}

function transformerBlock(
  draft: Draft,
  path: string,
  x: string,
  condition: string,
  width: number,
  tokens: number,
): string {
  const modulation = linear(
    draft,
    `${path}/ada`,
    node(draft, 'Sigmoid', `${path}/silu`, [condition]),
    width,
    6 * width,
  );
  const parts = Array.from({ length: 6 }, (_, nth) => `${path}/part${nth}`);
  draft.nodes.push({
    opType: 'Split',
    name: `/${path}/Split`,
    input: [modulation, 'six'],
    output: parts,
    attribute: [{ name: 'axis', type: 2, i: 2n }],
  });
  const [shift1 = '', scale1 = '', gate1 = '', shift2 = '', scale2 = '', gate2 = ''] = parts;
  const attended = attention(
    draft,
    path,
    modulated(draft, `${path}/n1`, x, shift1, scale1, width),
    width,
    tokens,
  );
  const middle = gated(draft, `${path}/sum1`, x, attended, gate1);
  const h = modulated(draft, `${path}/n2`, middle, shift2, scale2, width);
  const up = node(draft, 'Relu', `${path}/act`, [linear(draft, `${path}/fc1`, h, width, 4 * width)]);
  return gated(draft, `${path}/sum2`, middle, linear(draft, `${path}/fc2`, up, 4 * width, width), gate2);
}

function attention(draft: Draft, path: string, h: string, width: number, tokens: number): string {
  const heads = ['q', 'k', 'v'].map((role) => {
    const projected = linear(draft, `${path}/${role}`, h, width, width);
    const split = node(draft, 'Reshape', `${path}/${role}h`, [projected, 'heads']);
    return node(
      draft,
      'Transpose',
      `${path}/${role}t`,
      [split],
      [{ name: 'perm', type: 7, ints: role === 'k' ? [0n, 2n, 3n, 1n] : [0n, 2n, 1n, 3n] }],
    );
  });
  const [q = '', k = '', v = ''] = heads;
  const weights = node(draft, 'Softmax', `${path}/softmax`, [
    node(draft, 'MatMul', `${path}/scores`, [q, k]),
  ]);
  const joined = node(
    draft,
    'Transpose',
    `${path}/joined`,
    [node(draft, 'MatMul', `${path}/mixed`, [weights, v])],
    [{ name: 'perm', type: 7, ints: [0n, 2n, 1n, 3n] }],
  );
  const flat = node(draft, 'Reshape', `${path}/flat`, [joined, 'flat']);
  return linear(draft, `${path}/out`, flat, width, width, undefined, tokens);
}

function modulated(
  draft: Draft,
  path: string,
  x: string,
  shift: string,
  scale: string,
  width: number,
): string {
  const norm = node(draft, 'LayerNormalization', `${path}/norm`, [x, weight(draft, `${path}/one`, [width])]);
  const scaled = node(draft, 'Mul', `${path}/scaled`, [
    norm,
    node(draft, 'Add', `${path}/plus`, [scale, 'one']),
  ]);
  return node(draft, 'Add', `${path}/shifted`, [scaled, shift]);
}

function gated(draft: Draft, path: string, x: string, branch: string, gate: string): string {
  return node(draft, 'Add', path, [x, node(draft, 'Mul', `${path}/gated`, [gate, branch])]);
}

function linear(
  draft: Draft,
  path: string,
  x: string,
  from: number,
  to: number,
  output = path,
  _tokens = 0,
): string {
  const product = node(draft, 'MatMul', `${path}/MatMul`, [x, weight(draft, `${path}.weight`, [from, to])]);
  return node(draft, 'Add', output, [weight(draft, `${path}.bias`, [to]), product]);
}

function node(
  draft: Draft,
  opType: string,
  output: string,
  input: readonly string[],
  attribute: Node['attribute'] = [],
): string {
  draft.nodes.push({ opType, name: `/${output}/${opType}`, input: [...input], output: [output], attribute });
  return output;
}

function weight(draft: Draft, name: string, dims: readonly number[]): string {
  const length = 4 * dims.reduce((product, size) => product * size, 1);
  const externalData = [
    { key: 'location', value: 'large.data' },
    { key: 'offset', value: String(draft.offset) },
    { key: 'length', value: String(length) },
  ];
  draft.weights.push({ name, dataType: FLOAT, dims: dims.map(BigInt), dataLocation: 1, externalData });
  draft.offset += length;
  return name;
}

function integers(width: number): Weight[] {
  const list = (name: string, values: readonly number[]): Weight => ({
    name,
    dataType: INT64,
    dims: [BigInt(values.length)],
    int64Data: values.map(BigInt),
  });
  return [
    list(
      'six',
      Array.from({ length: 6 }, () => width),
    ),
    list('heads', [0, 0, 16, width / 16]),
    list('flat', [0, 0, width]),
    { name: 'one', dataType: FLOAT, dims: [], floatData: [1] },
  ];
}

function fileOf(
  { nodes, weights }: Draft,
  { width, tokens }: LargeModel,
): ReturnType<typeof create<typeof ModelProtoSchema>> {
  const value = (name: string, sizes: readonly (number | string)[]): object => ({
    name,
    type: {
      tensorType: {
        elemType: FLOAT,
        shape: {
          dim: sizes.map((size) =>
            typeof size === 'number' ? { dimValue: BigInt(size) } : { dimParam: size },
          ),
        },
      },
    },
  });
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'large',
      node: nodes,
      initializer: weights,
      input: [value('latent', ['batch', tokens, 16]), value('c', ['batch', 1, width])],
      output: [value('output', ['batch', tokens, 16])],
    },
  });
}
