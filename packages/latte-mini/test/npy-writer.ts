/** How a test wants a `.npy` file to be written. */
export interface NpyOptions {
  readonly version?: 1 | 2 | 3;
  readonly descriptor?: string;
  readonly fortranOrder?: boolean;
}

/** Writes an array as NumPy does: magic, version, header length, header padded to 64 bytes, data. */
export function writeNpy(
  shape: readonly number[],
  data: Float32Array | BigInt64Array,
  options: NpyOptions = {},
): Uint8Array {
  const { version = 1, fortranOrder = false } = options;
  const descriptor = options.descriptor ?? (data instanceof Float32Array ? '<f4' : '<i8');
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const order = fortranOrder ? 'True' : 'False';
  const start = version === 1 ? 10 : 12;
  const text = `{'descr': '${descriptor}', 'fortran_order': ${order}, 'shape': ${tuple}, }`;
  const header = `${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`;
  const bytes = new Uint8Array(start + header.length + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), start);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + header.length);
  return bytes;
}
