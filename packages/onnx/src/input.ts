import { OnnxError } from './errors.ts';
import { elementTypeName } from './graph/element-type.ts';
import type { TensorDeclaration } from './graph/graph.ts';
import type { OnnxRuntime } from './runtime.ts';
import type { NamedTensors } from './sessions/part-session.ts';
import { floatsToHalves } from './feature/half.ts';
import { toRuntime, type OnnxData, type OnnxTensor } from './tensor.ts';

/**
 * Tensors by the names of the model's inputs. An undefined one counts as missing. Where a model wants float16, float32 may be
 * given; it is rounded.
 */
export type OnnxInput = Readonly<Record<string, OnnxTensor | undefined>>;

/**
 * Compares what was given with what the model declares: names, data types, numbers of dimensions, fixed sizes, and free
 * sizes of one name, such as `batch`, with each other.
 *
 * @param declared - inputs of the model
 * @param given - tensors by name
 * @throws OnnxError `INPUT_MISMATCH` that names the tensor, what was expected and what came
 */
function requireInputs(declared: readonly TensorDeclaration[], given: OnnxInput): void {
  const names = declared.map(({ name }) => `"${name}"`).join(', ');
  for (const name of Object.keys(given))
    if (!declared.some((input) => input.name === name))
      throw mismatch(name, `expected only ${names}, got an input that the model does not have`);
  const sizes = new Map<string, { size: number; from: string }>();
  for (const input of declared) {
    const tensor = given[input.name];
    if (!tensor) throw mismatch(input.name, `expected ${signature(input)}, got nothing`);
    requireMainMemory(input.name, tensor);
    requireType(input, tensor);
    requireShape(input, tensor, sizes);
  }
}

/**
 * Checks the inputs of a model and hands them to the runtime.
 *
 * @param runtime - ONNX Runtime
 * @param declared - inputs of the model
 * @param given - tensors by name
 * @throws OnnxError `INPUT_MISMATCH`
 */
export function runtimeInputs(
  runtime: OnnxRuntime,
  declared: readonly TensorDeclaration[],
  given: OnnxInput,
): NamedTensors {
  requireInputs(declared, given);
  return new Map(
    declared.flatMap(({ name, elementType }) => {
      const tensor = given[name];
      const type = elementTypeName(elementType);
      return tensor ? [[name, toRuntime(runtime, inType(tensor, type), type === 'bool')]] : [];
    }),
  );
}

function inType({ data, dims }: OnnxTensor, type: string): OnnxTensor {
  return type === 'float16' && data instanceof Float32Array
    ? { data: floatsToHalves(data), dims }
    : { data, dims };
}

/** A tensor of the runtime is taken as well, but not from a GPU: a CPU session would read anything but its numbers. */
function requireMainMemory(name: string, tensor: OnnxTensor): void {
  const location = 'location' in tensor ? tensor.location : 'cpu';
  if (location !== 'cpu' && location !== 'cpu-pinned')
    throw mismatch(
      name,
      `expected numbers in main memory, got a tensor in ${String(location)}; download it first`,
    );
}

function requireType(input: TensorDeclaration, { data }: OnnxTensor): void {
  const expected = elementTypeName(input.elementType);
  const got = dataTypes(data);
  if (input.elementType !== 0 && !got.includes(expected))
    throw mismatch(input.name, `expected ${signature(input)}, got ${got[0] ?? 'no array'}`);
}

function requireShape(
  input: TensorDeclaration,
  { dims, data }: OnnxTensor,
  sizes: Map<string, { size: number; from: string }>,
): void {
  const came = `[${dims.join(', ')}]`;
  const count = dims.reduce((product, size) => product * size, 1);
  if (count !== data.length)
    throw mismatch(input.name, `expected ${count} elements for ${came}, got ${data.length}`);
  if (!input.shape) return;
  const expected = `expected ${signature(input)}, got ${came}`;
  if (dims.length !== input.shape.length) throw mismatch(input.name, expected);
  for (const [axis, size] of input.shape.entries()) {
    const got = dims[axis] ?? 0;
    if (typeof size === 'number' && got !== size) throw mismatch(input.name, expected);
    if (typeof size === 'number') continue;
    const before = sizes.get(size);
    if (before && before.size !== got)
      throw mismatch(input.name, `${expected}; ${size} is ${before.size} in "${before.from}"`);
    sizes.set(size, { size: got, from: input.name });
  }
}

function dataTypes(data: OnnxData): readonly string[] {
  if (data instanceof Float32Array) return ['float32', 'float16'];
  if (data instanceof Uint16Array) return ['float16'];
  if (data instanceof Float64Array) return ['float64'];
  if (data instanceof BigInt64Array) return ['int64'];
  if (data instanceof Int32Array) return ['int32'];
  return data instanceof Uint8Array ? ['uint8', 'bool'] : [];
}

function signature({ elementType, shape }: TensorDeclaration): string {
  const type = elementType === 0 ? 'a tensor' : elementTypeName(elementType);
  return `${type} [${shape?.join(', ') ?? 'any shape'}]`;
}

function mismatch(name: string, message: string): OnnxError {
  return new OnnxError('INPUT_MISMATCH', `input "${name}": ${message}`);
}
