/** A tensor as a program elsewhere writes it. */
export interface HandMadeTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors file of a header and data, sound or not. */
export function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** The file that a small importer writes. */
export function importOf(
  description: unknown,
  tensors: Readonly<Record<string, HandMadeTensor>>,
): Uint8Array {
  const header: Record<string, unknown> = {
    __metadata__: { 'refrain.recording': JSON.stringify(description) },
  };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors))
    header[name] = { dtype, shape, data_offsets: [end, (end += bytes.length)] };
  const data = new Uint8Array(end);
  let begin = 0;
  for (const { bytes } of Object.values(tensors)) {
    data.set(bytes, begin);
    begin += bytes.length;
  }
  return fileOf(header, data);
}

/** A tensor of float32. */
export function floats(shape: readonly number[], values: readonly number[]): HandMadeTensor {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** The least that an importer must say: one tap of one block at two steps. */
export const leastDescription = {
  format: 1,
  model: 'elsewhere',
  timesteps: [1, 0.5],
  blocks: 1,
  taps: ['output 0'],
  elements: 8,
};

/** Its tensors. */
export const leastTensors: Readonly<Record<string, HandMadeTensor>> = {
  'conditional/change': floats([1, 2, 2], [0, 0, 0.25, 0]),
  'conditional/magnitude': floats([1, 2], [1, 2]),
};
