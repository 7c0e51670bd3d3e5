/** A tensor to write. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A `.safetensors` file with float32 tensors. */
export function writeSafetensors(tensors: ReadonlyMap<string, NamedTensor>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => {
      const begin = end;
      end += data.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let offset = 8 + text.length;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}
