import type { NodeProto } from '../graph/proto/onnx_pb.js';
import { equationOf, labelSizes } from './einsum.ts';
import { layoutRules } from './layout-rules.ts';
import {
  attribute,
  axisOf,
  broadcast,
  countOf,
  integerOf,
  integers,
  knownOf,
  listOf,
  type Rule,
} from './known.ts';

const same: Rule = (_, [first]) => [first && { dims: first.dims, values: first.values }];
const sameSizes: Rule = (node, [first]) => node.output.map(() => first && { dims: first.dims });

const unary = words('Identity Cast Dropout CastLike');
const keepSizes = [
  ...words(
    'Relu Gelu Sigmoid Tanh Erf Sqrt Neg Abs Exp Log Sin Cos Reciprocal Softmax LogSoftmax Softplus HardSigmoid',
  ),
  ...words(
    'LeakyRelu Elu Clip Floor Ceil Round Not CumSum Trilu IsNaN IsInf Sign HardSwish Mish Swish QuickGelu',
  ),
  ...words(
    'LayerNormalization SimplifiedLayerNormalization RMSNormalization InstanceNormalization GroupNormalization',
  ),
  ...words('BatchNormalization ScatterND ScatterElements RotaryEmbedding QuantizeLinear DequantizeLinear'),
];

function words(text: string): readonly string[] {
  return text.split(' ');
}

const arithmetic: Readonly<Record<string, ((a: number, b: number) => number) | undefined>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
  Mod: (a, b) => ((a % b) + b) % b,
  Min: Math.min,
  Max: Math.max,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  Less: (a, b) => Number(a < b),
};
const elementwise = words('Pow And Or Xor LessOrEqual GreaterOrEqual PRelu Sum Mean BitShift');

const binary: Rule = (node, inputs) => {
  const known = inputs.filter((input) => input !== undefined);
  if (known.length < inputs.length) return [undefined];
  const dims = broadcast(...known.map((input) => input.dims));
  const operation = arithmetic[node.opType];
  const [a, b] = known;
  if (!operation || !a?.values || !b?.values || dims.length > 1) return [{ dims }];
  return [{ dims, values: zipped(a.values, b.values, operation) }];
};

function zipped(
  a: readonly number[],
  b: readonly number[],
  operation: (a: number, b: number) => number,
): readonly number[] {
  const at = (values: readonly number[], index: number): number =>
    values[values.length === 1 ? 0 : index] ?? 0;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
    operation(at(a, index), at(b, index)),
  );
}

const where: Rule = (_, [condition, yes, no]) => {
  if (!condition || !yes || !no) return [undefined];
  const dims = broadcast(condition.dims, yes.dims, no.dims);
  if (!condition.values || !yes.values || !no.values || dims.length > 1) return [{ dims }];
  const count = dims[0] ?? 1;
  const at = (values: readonly number[], index: number): number =>
    values[values.length === 1 ? 0 : index] ?? 0;
  const pick = (index: number): number =>
    at(condition.values ?? [], index) ? at(yes.values ?? [], index) : at(no.values ?? [], index);
  return [{ dims, values: Array.from({ length: count }, (_unused, index) => pick(index)) }];
};

const matMul: Rule = (_, [a, b]) => {
  if (!a || !b || a.dims.length < 1 || b.dims.length < 1) return [undefined];
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const right = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  const rows = a.dims.length === 1 ? [] : left.slice(-2, -1);
  const columns = b.dims.length === 1 ? [] : right.slice(-1);
  return [{ dims: [...batch, ...rows, ...columns] }];
};

const gemm: Rule = (node, [a, b]) => {
  if (!a || !b) return [undefined];
  const rows = a.dims[integerOf(node, 'transA', 0) ? 1 : 0] ?? 0;
  return [{ dims: [rows, b.dims[integerOf(node, 'transB', 0) ? 0 : 1] ?? 0] }];
};

const conv: Rule = (node, [x, w]) => {
  if (!x || !w) return [undefined];
  const kernel = w.dims.slice(2);
  return [{ dims: [x.dims[0] ?? 1, w.dims[0] ?? 1, ...slid(node, x.dims.slice(2), kernel)] }];
};

const pool: Rule = (node, [x]) => {
  const kernel = listOf(node, 'kernel_shape');
  return [
    x && kernel ? { dims: [...x.dims.slice(0, 2), ...slid(node, x.dims.slice(2), kernel)] } : undefined,
  ];
};

/** Sizes that a window leaves which slides over others. */
function slid(node: NodeProto, sizes: readonly number[], kernel: readonly number[]): readonly number[] {
  const strides = listOf(node, 'strides') ?? [];
  const dilations = listOf(node, 'dilations') ?? [];
  const pads = listOf(node, 'pads') ?? [];
  const padded = new TextDecoder()
    .decode(attribute(node, 'auto_pad')?.s ?? new Uint8Array())
    .startsWith('SAME');
  return sizes.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    if (padded) return Math.ceil(size / stride);
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const around = (pads[axis] ?? 0) + (pads[axis + sizes.length] ?? 0);
    return Math.floor((size + around - extent) / stride) + 1;
  });
}

const reduce: Rule = (node, [x, given]) => {
  if (!x) return [undefined];
  const axes = listOf(node, 'axes') ?? given?.values;
  const every = axes === undefined || axes.length === 0;
  if (every && integerOf(node, 'noop_with_empty_axes', 0)) return [{ dims: x.dims }];
  const gone = new Set((axes ?? []).map((axis) => axisOf(axis, x.dims.length)));
  return [{ dims: shrunk(x.dims, (axis) => every || gone.has(axis), integerOf(node, 'keepdims', 1) === 1) }];
};

const argument: Rule = (node, [x]) => {
  if (!x) return [undefined];
  const axis = axisOf(integerOf(node, 'axis', 0), x.dims.length);
  return [{ dims: shrunk(x.dims, (at) => at === axis, integerOf(node, 'keepdims', 1) === 1) }];
};

function shrunk(dims: readonly number[], gone: (axis: number) => boolean, keep: boolean): readonly number[] {
  return dims.flatMap((size, axis) => (gone(axis) ? (keep ? [1] : []) : [size]));
}

const constant: Rule = (node) => {
  const tensor = attribute(node, 'value')?.t;
  if (tensor) return [knownOf(tensor)];
  const list = listOf(node, 'value_ints');
  if (list) return [integers(list)];
  const one = attribute(node, 'value_int');
  if (one) return [integers([Number(one.i)], true)];
  return [attribute(node, 'value_float') ? { dims: [] } : undefined];
};

const topK: Rule = (node, [x, k]) => {
  const count = k?.values?.[0];
  if (!x || count === undefined) return [undefined, undefined];
  const axis = axisOf(integerOf(node, 'axis', -1), x.dims.length);
  const dims = x.dims.map((size, at) => (at === axis ? count : size));
  return [{ dims }, { dims }];
};

/** Queries (batch, heads, tokens, width) or (batch, tokens, heads · width), and values of the same form. */
const attention: Rule = (node, [query, , value]) => {
  if (!query || !value) return [undefined];
  if (query.dims.length === 4) return [{ dims: [...query.dims.slice(0, 3), value.dims[3] ?? 0] }];
  const heads = integerOf(node, 'q_num_heads', 1);
  const width = (value.dims[2] ?? 0) / integerOf(node, 'kv_num_heads', heads);
  return [{ dims: [...query.dims.slice(0, 2), heads * width] }];
};

const oneHot: Rule = (node, [indices, depth, values]) => {
  const size = depth?.values?.[0];
  if (!indices || size === undefined) return [undefined];
  const axis = axisOf(integerOf(node, 'axis', -1), indices.dims.length + 1);
  const dims = [...indices.dims.slice(0, axis), size, ...indices.dims.slice(axis)];
  const [off, on] = values?.values ?? [];
  const hot = indices.values;
  if (!hot || off === undefined || on === undefined || axis !== indices.dims.length) return [{ dims }];
  const all = hot.flatMap((index) =>
    Array.from({ length: size }, (_, at) => (at === axisOf(index, size) ? on : off)),
  );
  return [{ dims, values: all }];
};

const einsum: Rule = (node, inputs) => {
  const sizes = labelSizes(node, inputs);
  const [, result] = equationOf(node);
  return [
    sizes && result !== undefined
      ? { dims: result.split('').map((label) => sizes.get(label) ?? 1) }
      : undefined,
  ];
};

/** Rules by operator. What is not here cannot be told. */
export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...unary.map((operator) => [operator, same] as const),
  ...keepSizes.map((operator) => [operator, sameSizes] as const),
  ...[...Object.keys(arithmetic), ...elementwise].map((operator) => [operator, binary] as const),
  ...words('ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2 ReduceL1 ReduceProd ReduceSumSquare').map(
    (operator) => [operator, reduce] as const,
  ),
  ...['ArgMax', 'ArgMin'].map((operator) => [operator, argument] as const),
  ...['MaxPool', 'AveragePool'].map((operator) => [operator, pool] as const),
  ['GlobalAveragePool', (_, [x]) => [x && { dims: x.dims.map((size, axis) => (axis < 2 ? size : 1)) }]],
  ['Where', where],
  ['MatMul', matMul],
  ['com.microsoft::FusedMatMul', matMul],
  ['Gemm', gemm],
  ['Conv', conv],
  ['Constant', constant],
  ['TopK', topK],
  ['Attention', attention],
  ['OneHot', oneHot],
  ['Einsum', einsum],
  ['Size', (_, [x]) => [x && integers([countOf(x)], true)]],
  ...layoutRules,
]);
