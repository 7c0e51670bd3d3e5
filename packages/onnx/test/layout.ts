import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OnnxInput, OnnxTensor } from '../src/index.ts';

/** A tensor that a block gives, or that enters a family. */
export interface LayoutTensor {
  readonly reference: string;
  /** Tensors of the graph that carry its value. */
  readonly tensors: readonly string[];
}

/** A small model with the right answers. */
export interface Layout {
  readonly name: string;
  readonly path: string;
  readonly latentInput: string;
  readonly output: string;
  readonly cacheable: boolean;
  readonly families: readonly { readonly count: number; readonly streams: number }[];
  readonly blocks: readonly {
    readonly path: string;
    readonly outputs: readonly LayoutTensor[];
    readonly inputs?: readonly LayoutTensor[];
  }[];
  /** Inputs of the reference call. */
  input(): OnnxInput;
  /** An array of the reference. */
  reference(name: string): OnnxTensor;
}

const folder = fileURLToPath(new URL('fixtures/layouts/', import.meta.url));

/** The path of a file among the layouts. */
export function layoutFile(name: string): string {
  return folder + name;
}

/** All layouts. */
export function layouts(): readonly Layout[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => readLayout(file.replace(/\.json$/, '')));
}

interface StoredArray {
  readonly name: string;
  readonly role: string;
  readonly dtype: 'float32' | 'float16' | 'int64';
  readonly shape: readonly number[];
  readonly byteOffset: number;
}

interface StoredLayout extends Omit<Layout, 'name' | 'path' | 'input' | 'reference'> {
  readonly file: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly referenceFile: string;
  readonly reference: readonly StoredArray[];
}

/** One layout. */
export function readLayout(name: string): Layout {
  const stored = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as StoredLayout;
  const read = (array: StoredArray): OnnxTensor =>
    arrayOf(readFileSync(folder + stored.referenceFile), array);
  const inputs = stored.reference.filter(({ role }) => role === 'input');
  return {
    ...stored,
    name,
    path: folder + stored.file,
    input: () =>
      Object.fromEntries(Object.keys(stored.inputs).map((input, nth) => [input, read(inputs[nth]!)])),
    reference: (array) => read(stored.reference.find((one) => one.name === array)!),
  };
}

function arrayOf(bytes: Buffer, { dtype, shape, byteOffset }: StoredArray): OnnxTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const from = bytes.byteOffset + byteOffset;
  const of = (width: number): ArrayBuffer => bytes.buffer.slice(from, from + count * width) as ArrayBuffer;
  if (dtype === 'float32') return { dims: shape, data: new Float32Array(of(4)) };
  return { dims: shape, data: dtype === 'int64' ? new BigInt64Array(of(8)) : new Uint16Array(of(2)) };
}
