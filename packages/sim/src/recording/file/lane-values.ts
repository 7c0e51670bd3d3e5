import { laneName } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { RecordedLane } from '../recording.ts';
import type { Description } from './description.ts';
import { spellTap } from './tap-spelling.ts';

/** Numbers of a lane as they come from a file, or from memory. */
export interface LaneValues {
  readonly change: ArrayLike<number>;
  readonly magnitude: ArrayLike<number>;
  readonly ratios?: ArrayLike<number> | undefined;
  readonly products?: ArrayLike<number> | undefined;
}

/** A lane by its branch and call. */
export type LanePlace = Pick<RecordedLane, 'branch' | 'call'>;

/** The lanes that a recording has, in its order. */
export function* lanePlaces({ branches, callsPerStep }: Description): Generator<LanePlace> {
  for (const branch of branches) for (let call = 0; call < callsPerStep; call++) yield { branch, call };
}

/**
 * A lane of numbers that were checked. What lies on or above the diagonal of `change` and above that of `products` is
 * not looked at and becomes zero, and the first ratio becomes 1.
 *
 * @throws SimError `RECORDING_BROKEN` for too few or too many numbers, `RECORDING_NOT_FINITE` naming lane, tap and steps
 */
export function soundLane(place: LanePlace, values: LaneValues, description: Description): RecordedLane {
  const { steps, taps } = description;
  requireLength(values.change, taps.length * steps * steps, 'change', place);
  requireLength(values.magnitude, taps.length * steps, 'magnitude', place);
  const { ratios, products } = values;
  if (ratios) requireLength(ratios, steps, 'ratios', place);
  if (products) requireLength(products, steps * steps, 'products', place);
  return {
    ...place,
    change: soundChange(values.change, place, description),
    magnitude: soundMagnitude(values.magnitude, place, description),
    ...(ratios && { ratios: soundRatios(ratios, place) }),
    ...(products && { products: soundProducts(products, steps, place) }),
  };
}

function soundChange(
  change: LaneValues['change'],
  place: LanePlace,
  { steps, taps, stream }: Description,
): Float32Array {
  const sound = new Float32Array(taps.length * steps * steps);
  for (const [index, { tap }] of taps.entries())
    for (let step = 0; step < steps; step++)
      for (let reference = 0; reference < step; reference++) {
        const at = (index * steps + step) * steps + reference;
        sound[at] = change[at] ?? Number.NaN;
        if (!isAmount(sound[at]))
          throw notFinite(
            place,
            `change of ${spellTap(tap, stream) ?? JSON.stringify(tap)} from step ${reference} to step ${step}`,
            change[at],
          );
      }
  return sound;
}

function soundMagnitude(
  magnitude: LaneValues['magnitude'],
  place: LanePlace,
  { steps, taps, stream }: Description,
): Float32Array {
  const sound = Float32Array.from(magnitude);
  const at = sound.findIndex((value) => !isAmount(value));
  const tap = taps[Math.floor(at / steps)]?.tap;
  if (tap)
    throw notFinite(
      place,
      `magnitude of ${spellTap(tap, stream) ?? JSON.stringify(tap)} at step ${at % steps}`,
      magnitude[at],
    );
  return sound;
}

function soundRatios(ratios: ArrayLike<number>, place: LanePlace): Float32Array {
  const sound = Float32Array.from(ratios);
  sound[0] = 1;
  const step = sound.findIndex((value) => !isAmount(value));
  if (step >= 0) throw notFinite(place, `ratio from step ${step - 1} to step ${step}`, ratios[step]);
  return sound;
}

/** Only a feature's product with itself cannot be negative. */
function soundProducts(products: ArrayLike<number>, steps: number, place: LanePlace): Float64Array {
  const sound = new Float64Array(steps * steps);
  for (let step = 0; step < steps; step++)
    for (let other = 0; other <= step; other++) {
      const value = products[step * steps + other] ?? Number.NaN;
      sound[step * steps + other] = value;
      if (!Number.isFinite(value) || (step === other && value < 0))
        throw notFinite(place, `product of step ${step} with step ${other}`, value);
    }
  return sound;
}

function isAmount(value: number | undefined): boolean {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function requireLength(values: ArrayLike<number>, length: number, what: string, place: LanePlace): void {
  if (values.length === length) return;
  throw new SimError(
    'RECORDING_BROKEN',
    `[sim] recording, lane ${laneName(place.branch, place.call)}: expected ${length} numbers as ${what}, got ${values.length}`,
  );
}

function notFinite({ branch, call }: LanePlace, what: string, value: number | undefined): SimError {
  return new SimError(
    'RECORDING_NOT_FINITE',
    `[sim] recording, lane ${laneName(branch, call)}: expected a float32 number of 0 or more (products may be negative), ` +
      `got ${value} as ${what}. Record a run whose features are finite`,
  );
}
