import { NpyError } from './errors.ts';

/** An array of 32-bit floats from a `.npy` file, in C order: the last axis runs fastest. */
export interface NpyFloat32 {
  readonly type: 'float32';
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** An array of 64-bit integers from a `.npy` file, in C order: the last axis runs fastest. */
export interface NpyInt64 {
  readonly type: 'int64';
  readonly shape: readonly number[];
  readonly data: BigInt64Array<ArrayBuffer>;
}

/** What `parseNpy` can read. */
export type NpyArray = NpyFloat32 | NpyInt64;

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads an array in NumPy's `.npy` format, versions 1 to 3, little-endian `float32` or `int64` in C order.
 *
 * @param bytes - the whole file; it is copied, not kept.
 * @throws NpyError `NPY_INVALID` for bytes that are not a `.npy` file, `NPY_TRUNCATED` for one that ends early,
 * `NPY_UNSUPPORTED` for another element type, byte order or axis order.
 *
 * @remarks Format: NumPy enhancement proposal 1.
 *
 * @example
 * ```ts
 * import { parseNpy } from '@refrain/latte-mini';
 *
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
 * const start = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0];
 * const values = new Uint8Array(new Float32Array([0.5, -1]).buffer);
 * const array = parseNpy(new Uint8Array([...start, ...new TextEncoder().encode(header), ...values]));
 * console.log(array.type, array.shape, array.data); // float32 [ 2 ] Float32Array(2) [ 0.5, -1 ]
 * ```
 */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const { description, dataStart } = readHeader(bytes);
  const type = elementType(field(description, 'descr', /'descr':\s*'([^']*)'/));
  if (field(description, 'fortran_order', /'fortran_order':\s*(True|False)/) === 'True')
    throw new NpyError(
      'NPY_UNSUPPORTED',
      'expected an array in C order, got Fortran order. Save it with order="C".',
    );
  const shape = parseShape(field(description, 'shape', /'shape':\s*\(([^)]*)\)/));
  const length = shape.reduce((product, size) => product * size, 1);
  const data = dataOf(bytes, dataStart, length * (type === 'float32' ? 4 : 8));
  return type === 'float32'
    ? { type, shape, data: new Float32Array(data) }
    : { type, shape, data: new BigInt64Array(data) };
}

function readHeader(bytes: Uint8Array): { description: string; dataStart: number } {
  const compared = Math.min(bytes.length, magic.length);
  if (magic.slice(0, compared).some((byte, position) => bytes[position] !== byte))
    throw new NpyError(
      'NPY_INVALID',
      'expected the magic bytes "\\x93NUMPY" at the start. This is not a .npy file.',
    );
  requireLength(bytes, 10);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3)
    throw new NpyError(
      'NPY_UNSUPPORTED',
      `expected .npy format version 1, 2 or 3, got ${version}. Save it again.`,
    );
  const headerStart = version === 1 ? 10 : 12;
  requireLength(bytes, headerStart);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = headerStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  requireLength(bytes, dataStart);
  return { description: new TextDecoder().decode(bytes.subarray(headerStart, dataStart)), dataStart };
}

function field(description: string, name: string, pattern: RegExp): string {
  const value = pattern.exec(description)?.[1];
  if (value === undefined)
    throw new NpyError(
      'NPY_INVALID',
      `expected the field '${name}' in the header, got ${description.trim()}`,
    );
  return value;
}

function elementType(descriptor: string): NpyArray['type'] {
  if (descriptor === '<f4') return 'float32';
  if (descriptor === '<i8') return 'int64';
  throw new NpyError(
    'NPY_UNSUPPORTED',
    `expected elements of type '<f4' (float32) or '<i8' (int64), got '${descriptor}'. Convert the array first.`,
  );
}

function parseShape(text: string): readonly number[] {
  const parts = text.split(',').map((part) => part.trim());
  // Python writes a tuple of one as `(3,)`: the last part may be empty.
  if (parts.at(-1) === '') parts.pop();
  if (!parts.every((part) => /^\d+$/.test(part)))
    throw new NpyError('NPY_INVALID', `expected a tuple of sizes as shape, got (${text})`);
  return parts.map(Number);
}

function dataOf(bytes: Uint8Array, start: number, byteLength: number): ArrayBuffer {
  requireLength(bytes, start + byteLength);
  if (bytes.length > start + byteLength)
    throw new NpyError(
      'NPY_INVALID',
      `expected ${start + byteLength} bytes for this shape, got ${bytes.length}: there is more after the array.`,
    );
  // A copy, because typed arrays need aligned offsets, which a view into a larger buffer may not have.
  return bytes.slice(start).buffer;
}

function requireLength(bytes: Uint8Array, length: number): void {
  if (bytes.length < length)
    throw new NpyError(
      'NPY_TRUNCATED',
      `expected at least ${length} bytes, got ${bytes.length}. Copy the file again.`,
    );
}
