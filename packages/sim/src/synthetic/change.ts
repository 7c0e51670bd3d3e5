import type { ResolvedSyntheticOptions } from './options.ts';

type ChangeOptions = Pick<
  ResolvedSyntheticOptions,
  'steps' | 'shape' | 'early' | 'middle' | 'late' | 'settle' | 'motion'
>;

/** Share of the run in which the last arm rises from 1/e of its height. */
const rise = 0.08;

/** How far an oscillating first arm swings, as a share of its height. */
const swing = 0.5;

/** Size of a modulated input's shift (root mean square), and about that of the stream which it is added to. */
export const shiftSize = 2;
const streamSize = 1.3;

/**
 * The relative change that each step is meant to bring against the one before; 0 for the first.
 *
 * @param options - shape, heights and motion
 * @returns one number for each step
 */
function intendedChange(options: ChangeOptions): readonly number[] {
  const { steps, motion } = options;
  return Array.from({ length: steps }, (_, step) =>
    step === 0 ? 0 : motion * changeAt((step - 1) / Math.max(1, steps - 2), step, options),
  );
}

function changeAt(share: number, step: number, options: ChangeOptions): number {
  const { shape, early, middle, late, settle } = options;
  const first = (early - middle) * Math.exp(-share / settle);
  const last = (late - middle) * Math.exp((share - 1) / rise);
  switch (shape) {
    case 'u':
      return middle + first + last;
    case 'l':
      return middle + first;
    case 'inverted-l':
      return middle + last;
    case 'flat':
      return middle;
    case 'oscillating':
      return middle + first * (step % 2 === 0 ? 1 - swing : 1 + swing) + last;
  }
}

/**
 * The phase of the conditioning at each step: it moves as far as features are to change there. Between steps it is
 * interpolated, so it is a function of the timestep.
 *
 * @param options - shape, heights and motion
 * @returns radians, one number for each step, rising
 */
export function phasesOf(options: ChangeOptions): readonly number[] {
  // What changes is the shift; the stream beside it stays nearly as it is, and makes the relative change smaller.
  const stretch = Math.hypot(shiftSize, streamSize) / shiftSize;
  let phase = 0;
  return intendedChange(options).map((change) => (phase += change * stretch));
}
