import { OnnxError } from '../errors.ts';
import { bodiesOf } from './captures.ts';
import type { GraphProto, NodeProto, TensorProto } from './proto/onnx_pb.js';

/** A stretch of another file in which a weight lies. */
export interface ExternalWeight {
  /** Name of the weight. */
  readonly tensor: string;
  /** Path of the file, relative to the folder of the model. */
  readonly location: string;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** How long it is, in bytes; undefined when the file does not say. */
  readonly length: number | undefined;
}

const EXTERNAL = 1;

/**
 * Lists the weights of a graph that lie in other files. Nothing is opened.
 *
 * @param graph - with all bodies of control flow
 * @throws OnnxError `EXTERNAL_DATA` that names the weight, for a path out of the folder of the model and for numbers that are
 * none
 */
export function externalWeights(graph: GraphProto): readonly ExternalWeight[] {
  return tensorsOf(graph)
    .filter(({ dataLocation }) => dataLocation === EXTERNAL)
    .map(externalWeight);
}

function tensorsOf(graph: GraphProto): readonly TensorProto[] {
  return [...graph.initializer, ...graph.node.flatMap(tensorsOfNode)];
}

function tensorsOfNode(node: NodeProto): readonly TensorProto[] {
  const own = node.attribute.flatMap(({ t, tensors }) => (t ? [t, ...tensors] : tensors));
  return [...own, ...bodiesOf(node).flatMap(tensorsOf)];
}

function externalWeight(tensor: TensorProto): ExternalWeight {
  const entry = (key: string): string | undefined =>
    tensor.externalData.find((one) => one.key === key)?.value;
  const location = entry('location') ?? '';
  if (!staysInside(location))
    throw external(tensor.name, `is said to lie in "${location}", which is not inside the model's folder`);
  return {
    tensor: tensor.name,
    location,
    offset: countOf(tensor.name, 'offset', entry('offset') ?? '0'),
    length: entry('length') === undefined ? undefined : countOf(tensor.name, 'length', entry('length') ?? ''),
  };
}

/** No absolute path, no drive, and never further up than down. */
function staysInside(location: string): boolean {
  if (location === '' || /^[/\\]|^[A-Za-z]:|\0/.test(location)) return false;
  let depth = 0;
  for (const part of location.split(/[/\\]/)) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return false;
  }
  return depth > 0;
}

function countOf(tensor: string, key: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw external(tensor, `has the ${key} "${text}", expected a number of bytes`);
}

/**
 * Says what is wrong with a weight in another file.
 *
 * @param tensor - name of the weight
 * @param message - what is wrong
 * @param cause - the error underneath
 */
export function external(tensor: string, message: string, cause?: unknown): OnnxError {
  return new OnnxError('EXTERNAL_DATA', `the weight "${tensor}" ${message}`, { cause });
}
