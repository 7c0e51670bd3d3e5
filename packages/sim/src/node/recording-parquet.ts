import { parquetMetadata, parquetRead, type FileMetaData } from 'hyparquet';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { SimError } from '../errors.ts';
import { DESCRIPTION, parseDescription } from '../recording/file/description.ts';
import { requireSound } from '../recording/file/write-recording.ts';
import type { Recording } from '../recording/recording.ts';
import { emptySeal, requireUnbroken, seal } from './parquet-seal.ts';
import { lanesOfTable, type Table } from './recording-from-table.ts';
import { cellsOf, columns } from './recording-table.ts';

/** `PAR1`, with which a Parquet file begins. */
const MAGIC = [0x50, 0x41, 0x52, 0x31];

/** True for the bytes of a Parquet file. */
export function isParquet(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * Writes a recording as a Parquet table, for DuckDB, pandas and the like: one row for each lane, tap, step and reference
 * (itself or an earlier step), with `change`, `magnitude` and, derived from them, the relative L1 `relative`; rows of the
 * tap `residual` have `ratio` and `product` too. The rest is in the key-value metadata, as in a safetensors file.
 *
 * @param recording - of one run
 * @returns the bytes of the file, which {@link recordingFromParquet} reads back to the last bit
 * @throws SimError `RECORDING_BROKEN`, `RECORDING_NOT_FINITE` when the recording could not be read back
 */
export function recordingToParquet(recording: Recording): Uint8Array {
  const { fields, description, lanes } = requireSound(recording);
  const cells = cellsOf(lanes, description);
  const columnData = columns.map(({ name, type, nullable }) => ({
    name,
    type,
    nullable,
    data: [...cells[name]],
    // A dictionary would take 0 and −0 for one.
    ...((type === 'FLOAT' || type === 'DOUBLE') && { encoding: 'PLAIN' as const }),
  }));
  const kvMetadata = [{ key: DESCRIPTION, value: JSON.stringify(fields) }];
  const writer = new ByteWriter();
  const table = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData }), kvMetadata });
  writer.appendBytes(emptySeal);
  void table.write({ columnData });
  void table.finish();
  return seal(writer.getBytes());
}

/**
 * Reads a recording from a Parquet table such as {@link recordingToParquet} writes; its rows may have another order.
 *
 * @param bytes - of the whole file
 * @throws SimError `RECORDING_FOREIGN`, `RECORDING_BROKEN`, `RECORDING_NOT_FINITE` as `readRecording` does
 */
export async function recordingFromParquet(bytes: Uint8Array): Promise<Recording> {
  if (!isParquet(bytes))
    throw new SimError(
      'RECORDING_FOREIGN',
      '[sim] expected a Parquet file, got something else: read a safetensors file with readRecording',
    );
  requireUnbroken(bytes);
  const file = bytes.slice().buffer;
  const metadata = await guarded(() => parquetMetadata(file));
  const description = parseDescription(
    metadata.key_value_metadata?.find(({ key }) => key === DESCRIPTION)?.value,
  );
  const table = await guarded(() => readTable(file, metadata));
  return { ...description, lanes: lanesOfTable(table, description) };
}

async function readTable(file: ArrayBuffer, metadata: FileMetaData): Promise<Table> {
  const names = columns.map(({ name }) => name).filter((name) => name !== 'relative');
  const table: Table = new Map(names.map((name) => [name, []]));
  await parquetRead({
    file,
    metadata,
    columns: names,
    onChunk({ columnName, columnData, rowStart }) {
      const cells = table.get(columnName) ?? [];
      for (let index = 0; index < columnData.length; index++) cells[rowStart + index] = columnData[index];
    },
  });
  return table;
}

/** What the Parquet reader says of a broken file is the cause of what we say. */
async function guarded<Value>(read: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'RECORDING_BROKEN',
      `[sim] recording: expected a whole Parquet file, and it cannot be read: ${reason}. Copy or write it again`,
      { cause },
    );
  }
}
