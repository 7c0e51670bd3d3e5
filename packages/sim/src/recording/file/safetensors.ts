import { SimError } from '../../errors.ts';
import { elementTypeNames, elementTypeOf } from './element-type.ts';
import { headerTextOf, LENGTH_BYTES, parseHeader, type SafetensorsHeader } from './safetensors-header.ts';

/** A tensor to write: F32 or F64 by its values. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/** A file that was opened: its header, and the bytes behind it. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly data: Uint8Array;
}

/** Data begins at a multiple of this, so that readers can map tensors into memory. */
const ALIGNMENT = 8;

/**
 * Opens a safetensors file; no tensor is read yet.
 *
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`
 */
export function openSafetensors(bytes: Uint8Array): SafetensorsFile {
  const headerText = headerTextOf(bytes);
  const data = bytes.subarray(LENGTH_BYTES + headerText.length);
  return { ...parseHeader(headerText, data.length), data };
}

/**
 * Reads a tensor of F64, F32, F16 or BF16.
 *
 * @param file - that has it
 * @param name - of the tensor
 * @param shape - that it must have
 * @returns its numbers, row by row
 * @throws SimError `RECORDING_BROKEN` when it is not there, or of another shape or kind
 */
export function readTensor(file: SafetensorsFile, name: string, shape: readonly number[]): Float64Array {
  const entry = file.tensors.get(name);
  if (!entry) throw broken(name, `expected it, got only ${listed([...file.tensors.keys()])}`);
  if (entry.shape.length !== shape.length || shape.some((size, axis) => size !== entry.shape[axis]))
    throw broken(name, `expected shape [${shape.join(', ')}], got [${entry.shape.join(', ')}]`);
  const type = elementTypeOf(entry.dtype);
  if (!type) throw broken(name, `expected dtype ${elementTypeNames.join(', ')}, got ${entry.dtype}`);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (entry.end - entry.begin !== elements * type.bytes)
    throw broken(name, `expected ${elements * type.bytes} bytes, got ${entry.end - entry.begin}`);
  const view = new DataView(file.data.buffer, file.data.byteOffset + entry.begin, elements * type.bytes);
  const values = new Float64Array(elements);
  for (let index = 0; index < elements; index++) values[index] = type.read(view, index * type.bytes);
  return values;
}

/**
 * Writes a safetensors file. Tensors of F64 come first, so that all of them are aligned.
 *
 * @param metadata - texts by their names
 * @param tensors - by their names
 */
export function writeSafetensors(
  metadata: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, Tensor>,
): Uint8Array {
  const ordered = [...tensors].toSorted(([, a], [, b]) => bytesPerElement(b) - bytesPerElement(a));
  const header: Record<string, unknown> = { __metadata__: Object.fromEntries(metadata) };
  let length = 0;
  for (const [name, tensor] of ordered) {
    const end = length + tensor.values.byteLength;
    const dtype = bytesPerElement(tensor) === 8 ? 'F64' : 'F32';
    header[name] = { dtype, shape: tensor.shape, data_offsets: [length, end] };
    length = end;
  }
  const text = encodeHeader(header);
  const bytes = new Uint8Array(LENGTH_BYTES + text.length + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, LENGTH_BYTES);
  let offset = LENGTH_BYTES + text.length;
  for (const [, tensor] of ordered) offset = putTensor(tensor, bytes, offset);
  return bytes;
}

/** JSON, filled up with blanks as safetensors does it. */
function encodeHeader(header: Readonly<Record<string, unknown>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  padded.set(text);
  return padded;
}

/** Returns where the next tensor begins. */
function putTensor({ values }: Tensor, bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, offset, values.byteLength);
  const width = values.BYTES_PER_ELEMENT;
  const isDouble = width === 8;
  for (const [index, value] of values.entries())
    if (isDouble) view.setFloat64(index * width, value, true);
    else view.setFloat32(index * width, value, true);
  return offset + values.byteLength;
}

function bytesPerElement({ values }: Tensor): number {
  return values.BYTES_PER_ELEMENT;
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${some} and ${names.length - 8} more` : some || 'no tensor at all';
}

function broken(name: string, message: string): SimError {
  return new SimError('RECORDING_BROKEN', `[sim] recording, tensor "${name}": ${message}`);
}
