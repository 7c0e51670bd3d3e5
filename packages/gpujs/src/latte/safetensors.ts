import { asError, GpuJsError } from '../errors.ts';
import { elementsOf, signatureOf, type Shape } from '../gpu/grid.ts';
import { fromFloat16 } from './float16.ts';

/** A tensor of a weights file, as float32. */
export interface WeightTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** The tensors of a weights file, decoded when they are asked for. */
export interface WeightsFile {
  readonly names: readonly string[];
  /**
   * A tensor by its name.
   *
   * @param name - in the file
   * @param shape - that it must have; undefined sizes are free
   * @throws GpuJsError `WEIGHTS_INVALID` when it is missing, has another shape or a type that is not known
   */
  tensor(name: string, shape: readonly (number | undefined)[]): WeightTensor;
}

/** One entry of the file's header. */
interface HeaderEntry {
  readonly dtype: string;
  readonly shape: Shape;
  readonly data_offsets: readonly [number, number];
}

const HEADER_LENGTH_BYTES = 8;

/** How values of each type are read. Bytes are little-endian. */
const decoders: Readonly<Record<string, { bytes: number; read: (view: DataView, at: number) => number }>> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => fromBfloat16(view.getUint16(at, true)) },
};

/**
 * Opens a `.safetensors` file: eight bytes with the length of a JSON header, the header, the values.
 *
 * @param bytes - the whole file; it is kept, not copied
 * @throws GpuJsError `WEIGHTS_INVALID`
 */
export function readSafetensors(bytes: Uint8Array): WeightsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, start } = readHeader(bytes, view);
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  return {
    names,
    tensor: (name, shape) => {
      if (!names.includes(name)) throw invalid(`expected a tensor "${name}", and there is none`);
      const entry = header[name] as HeaderEntry;
      requireEntry(name, entry, shape);
      return decode(name, entry, view, start);
    },
  };
}

function readHeader(
  bytes: Uint8Array,
  view: DataView,
): { header: Readonly<Record<string, unknown>>; start: number } {
  const length = bytes.length < HEADER_LENGTH_BYTES ? Infinity : Number(view.getBigUint64(0, true));
  const start = HEADER_LENGTH_BYTES + length;
  if (start > bytes.length)
    throw invalid(`expected a header of ${length} bytes, got a file of ${bytes.length} bytes`);
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_LENGTH_BYTES, start)));
    if (typeof header === 'object' && header !== null)
      return { header: header as Record<string, unknown>, start };
  } catch (thrown) {
    throw invalid(`expected JSON in the header: ${asError(thrown).message}`, thrown);
  }
  throw invalid('expected an object in the header');
}

function requireEntry(name: string, entry: HeaderEntry, shape: readonly (number | undefined)[]): void {
  const sizes: unknown = entry?.shape;
  const fits =
    Array.isArray(sizes) &&
    sizes.length === shape.length &&
    shape.every((size, axis) => (size === undefined ? Number.isInteger(sizes[axis]) : sizes[axis] === size));
  if (fits) return;
  const expected = shape.map((size) => size ?? 'any').join(', ');
  throw invalid(`tensor "${name}": expected the shape [${expected}], got ${JSON.stringify(sizes)}`);
}

function decode(
  name: string,
  { dtype, shape, data_offsets }: HeaderEntry,
  view: DataView,
  start: number,
): WeightTensor {
  const decoder = Object.hasOwn(decoders, dtype) ? decoders[dtype] : undefined;
  if (!decoder)
    throw invalid(`tensor "${name}": expected one of ${Object.keys(decoders).join(', ')}, got ${dtype}`);
  const [from, until] = data_offsets ?? [Number.NaN, Number.NaN];
  const length = elementsOf(shape);
  if (!(from >= 0 && until - from === length * decoder.bytes && start + until <= view.byteLength))
    throw invalid(
      `tensor "${name}": expected ${length * decoder.bytes} bytes for ${signatureOf(shape)}, got ${from} to ${until} of ` +
        `${view.byteLength - start}`,
    );
  const data = new Float32Array(length);
  for (let index = 0; index < length; index++)
    data[index] = decoder.read(view, start + from + index * decoder.bytes);
  return { shape, data };
}

function fromBfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

function invalid(message: string, cause?: unknown): GpuJsError {
  return new GpuJsError('WEIGHTS_INVALID', `${message}; load the model file again`, { cause });
}
