import { SimError } from '../../errors.ts';
import { isObject } from './fields.ts';

/** What a header says about a tensor. */
export interface TensorEntry {
  readonly name: string;
  /** Kind of number, such as `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one behind the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** A header that has been checked. */
export interface SafetensorsHeader {
  /** The entries of `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Bytes of the number that a file begins with: the length of its header. */
export const LENGTH_BYTES = 8;

/** As in the reference implementation of safetensors; a foreign file would ask for gigabytes. */
const LONGEST_HEADER = 100_000_000;

/**
 * Finds the text of the header. Nothing is copied before the length is known to be sound.
 *
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`
 */
export function headerTextOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length < LENGTH_BYTES)
    throw broken(`expected 8 bytes with the length of the header, got ${bytes.length}: the file was cut off`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const isForeign = length > LONGEST_HEADER || (bytes.length > LENGTH_BYTES && bytes[LENGTH_BYTES] !== 0x7b);
  if (isForeign) throw foreign(bytes);
  const end = LENGTH_BYTES + Number(length);
  if (end > bytes.length)
    throw broken(
      `expected a header of ${length} bytes, got ${bytes.length - LENGTH_BYTES}: the file was cut off; copy or record it again`,
    );
  return bytes.subarray(LENGTH_BYTES, end);
}

/**
 * Reads a header and checks that its tensors lie one after the other and fill the data.
 *
 * @param headerText - JSON, in UTF-8
 * @param dataBytes - that come behind the header
 * @throws SimError `RECORDING_BROKEN`
 */
export function parseHeader(headerText: Uint8Array, dataBytes: number): SafetensorsHeader {
  const header = parseObject(headerText);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const tensors = new Map(entries.map(([name, value]) => [name, entryOf(name, value)]));
  requireTiled([...tensors.values()], dataBytes);
  return { metadata: metadataOf(header['__metadata__']), tensors };
}

function parseObject(headerText: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(headerText));
  } catch (cause) {
    throw broken('expected a header of JSON, and it cannot be read; copy or record the file again', cause);
  }
  if (!isObject(header)) throw broken('expected an object of JSON as header, got another value');
  return header;
}

function metadataOf(value: unknown): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw broken('expected an object as __metadata__');
  const metadata = new Map<string, string>();
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'string')
      throw broken(`expected a text as ${name} in __metadata__, got ${typeof entry}: write JSON as a string`);
    metadata.set(name, entry);
  }
  return metadata;
}

function entryOf(name: string, value: unknown): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw broken(`tensor "${name}": expected dtype, shape and data_offsets [begin, end]`);
  const [begin = 0, end = 0] = offsets;
  return { name, dtype, shape, begin, end };
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Tensors must not overlap, leave no hole, and end where the file ends. */
function requireTiled(tensors: readonly TensorEntry[], dataBytes: number): void {
  let position = 0;
  for (const { name, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position || end < begin)
      throw broken(
        `tensor "${name}": expected it to begin at byte ${position} of the data, where the one before it ends, got ${begin} to ${end}`,
      );
    position = end;
  }
  if (position === dataBytes) return;
  const what = position > dataBytes ? 'the file was cut off' : 'something was written behind its tensors';
  throw broken(`expected ${position} bytes of tensors, got ${dataBytes}: ${what}; copy or record it again`);
}

function foreign(bytes: Uint8Array): SimError {
  const isParquet = bytes[0] === 0x50 && bytes[1] === 0x41 && bytes[2] === 0x52 && bytes[3] === 0x31;
  return new SimError(
    'RECORDING_FOREIGN',
    isParquet
      ? '[sim] expected a recording as a safetensors file, got a Parquet file: read it with loadRecording of @refrain/sim/node'
      : '[sim] expected a recording, which is a safetensors file, got something else: choose a file that writeRecording, ' +
          'saveRecording or an importer wrote',
  );
}

function broken(message: string, cause?: unknown): SimError {
  return new SimError(
    'RECORDING_BROKEN',
    `[sim] recording: ${message}`,
    cause === undefined ? undefined : { cause },
  );
}
