import { bodiesOf } from './captures.ts';
import { FLOAT32, INT64 } from './element-type.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { AttributeProto, GraphProto } from './proto/onnx_pb.js';

const BOOL = 9;

/** Operators whose outputs have one type, whatever they read. */
const fixed: ReadonlyMap<string, number> = new Map([
  ...['Shape', 'Size', 'NonZero', 'ArgMax', 'ArgMin'].map((operator) => [operator, INT64] as const),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not'].map(
    (operator) => [operator, BOOL] as const,
  ),
  ...['IsNaN', 'IsInf'].map((operator) => [operator, BOOL] as const),
]);

/** Attributes that name the type of the output, and the type where they are left out. */
const named: ReadonlyMap<string, readonly [attribute: string, otherwise: number]> = new Map([
  ['Cast', ['to', FLOAT32]],
  ['EyeLike', ['dtype', FLOAT32]],
  ['RandomNormal', ['dtype', FLOAT32]],
  ['RandomUniform', ['dtype', FLOAT32]],
  ['Bernoulli', ['dtype', FLOAT32]],
]);

/** Operators whose output has the type of an input that is not the first. */
const follows: ReadonlyMap<string, number> = new Map([
  ['Where', 1],
  ['OneHot', 2],
  ['DequantizeLinear', 1],
  ['QuantizeLinear', 2],
  ['CastLike', 1],
]);

/**
 * Element types of all tensors, as ONNX codes: those that the file states, and for the rest what the operators say. A
 * tensor whose type cannot be told is left out.
 *
 * @param graph - the model
 */
export function inferTypes(graph: Graph): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  const note = (name: string, code: number | undefined): void => {
    if (code) types.set(name, code);
  };
  for (const { name, elementType } of [...graph.inputs, ...graph.outputs]) note(name, elementType);
  for (const { name, dataType } of graph.initializers.values()) note(name, dataType);
  for (const { name, type } of graph.proto.valueInfo) note(name, type?.tensorType?.elemType);
  for (const node of graph.nodes) noteOutputs(node, types);
  return types;
}

function noteOutputs(node: GraphNode, types: Map<string, number>): void {
  for (const [nth, name] of node.proto.output.entries()) {
    if (name === '' || types.has(name)) continue;
    const code = outputType(node, nth, types);
    if (code) types.set(name, code);
  }
}

function outputType(node: GraphNode, nth: number, types: ReadonlyMap<string, number>): number | undefined {
  const { operator, proto } = node;
  const known = fixed.get(operator);
  if (known !== undefined) return known;
  const attribute = named.get(operator);
  if (attribute) return Number(attributeOf(node, attribute[0])?.i ?? attribute[1]);
  if (operator === 'Constant') return constantType(node);
  if (operator === 'ConstantOfShape') return attributeOf(node, 'value')?.t?.dataType ?? FLOAT32;
  if (operator === 'TopK' || operator === 'MaxPool' || operator === 'Unique') if (nth > 0) return INT64;
  if (operator === 'Dropout' && nth > 0) return BOOL;
  if (operator === 'If') return bodyOutputType(bodiesOf(proto)[0], nth, types);
  return types.get(proto.input[follows.get(operator) ?? 0] ?? '');
}

function constantType(node: GraphNode): number | undefined {
  const value = attributeOf(node, 'value')?.t?.dataType;
  if (value) return value;
  return node.proto.attribute.some(({ name }) => name.startsWith('value_float')) ? FLOAT32 : INT64;
}

/** The type of what a branch returns, if the branch takes it from outside, declares it or computes it in a known way. */
function bodyOutputType(
  body: GraphProto | undefined,
  nth: number,
  outside: ReadonlyMap<string, number>,
): number | undefined {
  const output = body?.output[nth];
  if (!body || !output) return undefined;
  return output.type?.tensorType?.elemType || outside.get(output.name);
}

function attributeOf(node: GraphNode, name: string): AttributeProto | undefined {
  return node.proto.attribute.find((attribute) => attribute.name === name);
}
