import { crc32 } from 'node:zlib';
import { SimError } from '../errors.ts';

/**
 * A Parquet file is found from its end, so that bytes between its first four and its first page are free: a mark and a
 * checksum of all that follows. A Parquet reader may run for minutes on a file with a wrong byte; this finds it before.
 */
const MARK = 0x4e_46_52_52;

/** Where the mark and the checksum stand, and where what is sealed begins. */
const MARK_AT = 4;
const CHECKSUM_AT = 8;
const SEALED_FROM = 12;

/** Room for a seal, to be written behind `PAR1`. */
export const emptySeal: Uint8Array = new Uint8Array(SEALED_FROM - MARK_AT);

/** Puts the seal into the room that was left for it. */
export function seal(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(MARK_AT, MARK, true);
  view.setUint32(CHECKSUM_AT, crc32(bytes.subarray(SEALED_FROM)), true);
  return bytes;
}

/**
 * Finds sealed files that are not as they were written. Those of other programs have no seal, and pass.
 *
 * @throws SimError `RECORDING_BROKEN`
 */
export function requireUnbroken(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSealed = bytes.length >= SEALED_FROM && view.getUint32(MARK_AT, true) === MARK;
  if (!isSealed || view.getUint32(CHECKSUM_AT, true) === crc32(bytes.subarray(SEALED_FROM))) return;
  throw new SimError(
    'RECORDING_BROKEN',
    '[sim] recording: expected a Parquet file as it was written, got one that was cut off or changed: copy or record it again',
  );
}
