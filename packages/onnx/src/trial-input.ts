import { OnnxError } from './errors.ts';
import { elementTypeName } from './graph/element-type.ts';
import type { TensorDeclaration } from './graph/graph.ts';
import type { OnnxInput } from './input.ts';
import { floatsToHalves } from './feature/half.ts';
import type { OnnxData, OnnxTensor } from './tensor.ts';

/**
 * Inputs for trying a model out: noise, the same every time, in the declared shapes. Integers and truth values are all the
 * same, as a token, a class or a mask may be.
 *
 * @param declared - inputs of the model
 * @param dimensions - sizes for free dimensions by their names; 1 where left out
 * @param integer - what integers are
 * @throws OnnxError `SELF_CHECK_FAILED` for a data type that cannot be made up
 */
export function trialInput(
  declared: readonly TensorDeclaration[],
  dimensions: Readonly<Record<string, number>>,
  integer: 0 | 1 = 1,
): OnnxInput {
  return Object.fromEntries(declared.map((input) => [input.name, trialTensor(input, dimensions, integer)]));
}

function trialTensor(
  { name, elementType, shape }: TensorDeclaration,
  dimensions: Readonly<Record<string, number>>,
  integer: 0 | 1,
): OnnxTensor {
  const dims = (shape ?? []).map((size) => (typeof size === 'number' ? size : (dimensions[size] ?? 1)));
  const count = dims.reduce((product, size) => product * size, 1);
  const data = trialData(elementTypeName(elementType), count, integer);
  if (data) return { dims, data };
  throw new OnnxError(
    'SELF_CHECK_FAILED',
    `cannot make up ${elementTypeName(elementType)} values for the input "${name}"; load with selfCheck: false`,
  );
}

function trialData(type: string, count: number, integer: 0 | 1): OnnxData | undefined {
  if (type === 'float32') return noise(count);
  if (type === 'float16') return floatsToHalves(noise(count));
  if (type === 'float64') return Float64Array.from(noise(count));
  if (type === 'int64') return new BigInt64Array(count).fill(BigInt(integer));
  if (type === 'int32') return new Int32Array(count).fill(integer);
  return type === 'bool' || type === 'uint8' ? new Uint8Array(count).fill(integer) : undefined;
}

/** Uniform in (−1, 1), by a linear congruential generator (Numerical Recipes constants). */
function noise(count: number): Float32Array {
  let state = 2463534242;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * (1 - Number.EPSILON);
  });
}
