import { laneName } from '@refrain/core';
import type { RecordedLane, Recording } from '../recording.ts';
import { DESCRIPTION, parseDescription, type Description } from './description.ts';
import { lanePlaces, soundLane, type LanePlace } from './lane-values.ts';
import { openSafetensors, readTensor, type SafetensorsFile } from './safetensors.ts';

/**
 * Reads a recording from the bytes of its file, which is a safetensors file: one that {@link writeRecording} wrote, or
 * another program. Everything is checked, so that what comes back can be replayed.
 *
 * @param bytes - of the whole file
 * @throws SimError `RECORDING_FOREIGN` for other files and newer versions, `RECORDING_BROKEN` for files that end too early
 * or whose parts do not fit together, `RECORDING_NOT_FINITE` for NaN, infinite and negative numbers; the message says where
 *
 * @example
 * ```ts
 * const recording = readRecording(new Uint8Array(await file.arrayBuffer()));
 * ```
 */
export function readRecording(bytes: Uint8Array): Recording {
  const file = openSafetensors(bytes);
  const description = parseDescription(file.metadata.get(DESCRIPTION));
  const lanes: RecordedLane[] = [];
  for (const place of lanePlaces(description)) lanes.push(readLane(file, place, description));
  return { ...description, lanes };
}

function readLane(file: SafetensorsFile, place: LanePlace, description: Description): RecordedLane {
  const { steps, taps } = description;
  const lane = laneName(place.branch, place.call);
  const read = (name: string, ...shape: number[]): Float64Array => readTensor(file, `${lane}/${name}`, shape);
  const has = (name: string): boolean => file.tensors.has(`${lane}/${name}`);
  const values = {
    change: read('change', taps.length, steps, steps),
    magnitude: read('magnitude', taps.length, steps),
    ...(has('ratios') && { ratios: read('ratios', steps) }),
    ...(has('products') && { products: read('products', steps, steps) }),
  };
  return soundLane(place, values, description);
}
