import { create } from '@bufbuild/protobuf';
import { INT64 } from '../graph/element-type.ts';
import type { GraphNode } from '../graph/graph.ts';
import { AttributeProtoSchema, NodeProtoSchema, TensorProtoSchema } from '../graph/proto/onnx_pb.js';
import type { NodeProto, TensorProto } from '../graph/proto/onnx_pb.js';
import type { Trunk } from './trunk.ts';

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Operators whose result has the sizes of their first input. */
const keepSizes = words(
  'Identity Cast Dropout Softmax Relu Gelu Sigmoid Tanh Erf Sqrt Neg Clip LayerNormalization ' +
    'SimplifiedLayerNormalization RMSNormalization InstanceNormalization GroupNormalization',
);
const elementwise = words('Add Sub Mul Div Pow');
/** Cheap operators whose sizes do not depend on what is in their first input. */
const layingOut = words(
  'Reshape Transpose Squeeze Unsqueeze Flatten Slice Split Expand Tile Pad Gather ReduceMean ReduceSum ReduceMax',
);

/** Tensors with the sizes of others, that are at hand where the stream begins. */
export interface StandIns {
  /** The tensor itself if it is at hand there; undefined if nothing with its sizes can be made. */
  of(tensor: string): string | undefined;
  /** What makes them. */
  readonly nodes: readonly NodeProto[];
  /** Constants that the nodes need. */
  readonly initializers: readonly TensorProto[];
}

/**
 * Makes tensors with the sizes of others without what they cost: a residual stream keeps its sizes, so the walk goes back to
 * where the stream begins; a matrix product is replaced by zeros; what lays tokens out is repeated.
 *
 * @param trunk - what carries the latent to the output
 * @param streams - the stream before each residual sum, by the sum's output
 * @param types - element types
 * @param isEarly - whether a tensor is at hand where the stream begins
 */
export function standIns(
  trunk: Trunk,
  streams: ReadonlyMap<string, string>,
  types: ReadonlyMap<string, number>,
  isEarly: (tensor: string) => boolean,
): StandIns {
  const { graph, influences } = trunk;
  const made = new Map<string, string | undefined>();
  const nodes: NodeProto[] = [];
  const initializers = [integers(FRONT, [0n]), integers(LAST, [-1n]), integers(END, [2n ** 63n - 1n])];

  const of = (tensor: string): string | undefined => {
    if (isEarly(tensor)) return tensor;
    if (!made.has(tensor)) made.set(tensor, make(tensor));
    return made.get(tensor);
  };
  const make = (tensor: string): string | undefined => {
    const node = graph.producers.get(tensor);
    const same = streams.get(tensor) ?? sameSizes(trunk, node);
    if (same !== undefined) return of(same);
    if (!node) return undefined;
    return node.operator === 'MatMul' ? zeros(node) : repeat(node, tensor);
  };
  /** With the sizes of the first factor, but for the last, which is that of the second. */
  const zeros = (node: GraphNode): string | undefined => {
    const [left, right] = node.reads.map(of);
    const [output = ''] = node.writes;
    const type = types.get(output);
    if (left === undefined || right === undefined || type === undefined) return undefined;
    const name = nameOf(output);
    const at = (step: string): string => `${name}/${step}`;
    const sizes = [left, right].map((_, nth) => at(`sizes${nth}`));
    nodes.push(
      plain('Shape', [left], at('sizes0')),
      plain('Shape', [right], at('sizes1')),
      plain('Slice', [sizes[0] ?? '', FRONT, LAST], at('rows')),
      plain('Slice', [sizes[1] ?? '', LAST, END], at('columns')),
      plain('Concat', [at('rows'), at('columns')], at('all'), [{ name: 'axis', type: 2, i: 0n }]),
      plain('ConstantOfShape', [at('all')], name, [{ name: 'value', type: 4, t: zero(type) }]),
    );
    return name;
  };
  const repeat = (node: GraphNode, tensor: string): string | undefined => {
    const { operator, proto } = node;
    const lays = layingOut.has(operator) && proto.input.slice(1).every((name) => !influences.latent(name));
    if (!lays && operator !== 'Concat' && !elementwise.has(operator)) return undefined;
    const input = proto.input.map((name, nth) => (lays && nth > 0 ? name : of(name)));
    if (!input.every((name) => name !== undefined)) return undefined;
    const output = proto.output.map((name) => (name === '' ? '' : nameOf(name)));
    nodes.push(Object.assign(create(NodeProtoSchema), proto, { name: nameOf(tensor), input, output }));
    for (const name of proto.output) made.set(name, nameOf(name));
    return nameOf(tensor);
  };
  return { of, nodes, initializers };
}

const FRONT = 'refrain/sizes/front';
const LAST = 'refrain/sizes/last';
const END = 'refrain/sizes/end';

function nameOf(tensor: string): string {
  return `refrain/sizes/of/${tensor}`;
}

/** What a norm, an activation, a scale or a shift by conditioning is applied to. */
function sameSizes({ influences }: Trunk, node: GraphNode | undefined): string | undefined {
  if (!node) return undefined;
  if (keepSizes.has(node.operator)) return node.reads[0];
  if (!elementwise.has(node.operator)) return undefined;
  const latent = node.reads.filter((name) => influences.latent(name));
  return latent.length === 1 ? latent[0] : undefined;
}

function plain(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: readonly Parameters<typeof create<typeof AttributeProtoSchema>>[1][] = [],
): NodeProto {
  const attribute = attributes.map((one) => create(AttributeProtoSchema, one));
  return create(NodeProtoSchema, { opType, name: output, input: [...input], output: [output], attribute });
}

function integers(name: string, int64Data: bigint[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: INT64, dims: [BigInt(int64Data.length)], int64Data });
}

/** Bytes of an element by ONNX code, where it is not four. */
const elementBytes: ReadonlyMap<number, number> = new Map([
  [10, 2],
  [16, 2],
  [7, 8],
  [11, 8],
]);

function zero(dataType: number): TensorProto {
  const rawData = new Uint8Array(elementBytes.get(dataType) ?? 4);
  return create(TensorProtoSchema, { dataType, dims: [1n], rawData });
}
