import { laneName } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { RecordedLane, Recording } from '../recording.ts';
import { describe, DESCRIPTION, readDescription, type Description } from './description.ts';
import type { Fields } from './fields.ts';
import { lanePlaces, soundLane } from './lane-values.ts';
import { writeSafetensors, type Tensor } from './safetensors.ts';

/** A recording that was checked, in the order in which it is read again. */
export interface SoundRecording {
  /** As it is written. */
  readonly fields: Fields;
  readonly description: Description;
  readonly lanes: readonly RecordedLane[];
}

/**
 * Writes a recording as a safetensors file: tensors `<lane>/change`, `<lane>/magnitude`, `<lane>/ratios` and
 * `<lane>/products`, and everything else as JSON in the metadata. Equal recordings give equal bytes.
 *
 * @param recording - of one run
 * @returns the bytes of the file, which {@link readRecording} reads back to the last bit
 * @throws SimError `RECORDING_BROKEN`, `RECORDING_NOT_FINITE` when the recording could not be read back
 *
 * @example
 * ```ts
 * const file = new Blob([writeRecording(recording)]);
 * ```
 */
export function writeRecording(recording: Recording): Uint8Array {
  const { fields, description, lanes } = requireSound(recording);
  const tensors = new Map<string, Tensor>();
  for (const lane of lanes)
    for (const [name, tensor] of tensorsOf(lane, description))
      tensors.set(`${laneName(lane.branch, lane.call)}/${name}`, tensor);
  return writeSafetensors(new Map([[DESCRIPTION, JSON.stringify(fields)]]), tensors);
}

/**
 * Checks a recording as if it were read: what cannot be read back is not written.
 *
 * @throws SimError `RECORDING_BROKEN`, `RECORDING_NOT_FINITE`
 */
export function requireSound(recording: Recording): SoundRecording {
  const { lanes: given, ...rest } = recording;
  const fields = describe(rest);
  const description = readDescription(fields);
  const expected = description.branches.length * description.callsPerStep;
  if (given.length !== expected)
    throw broken(`expected ${expected} lanes, one for each branch and call, got ${given.length}`);
  const lanes: RecordedLane[] = [];
  for (const place of lanePlaces(description)) {
    const { branch, call } = place;
    const lane = given.find((one) => one.branch === branch && one.call === call);
    if (!lane) throw broken(`expected a lane ${laneName(branch, call)}, and there is none`);
    lanes.push(soundLane(place, lane, description));
  }
  return { fields, description, lanes };
}

function tensorsOf(
  { change, magnitude, ratios, products }: RecordedLane,
  { steps, taps }: Description,
): readonly (readonly [string, Tensor])[] {
  return [
    ['change', { shape: [taps.length, steps, steps], values: change }],
    ['magnitude', { shape: [taps.length, steps], values: magnitude }],
    ...(ratios ? [['ratios', { shape: [steps], values: ratios }] as const] : []),
    ...(products ? [['products', { shape: [steps, steps], values: products }] as const] : []),
  ];
}

function broken(message: string): SimError {
  return new SimError('RECORDING_BROKEN', `[sim] recording: ${message}`);
}
