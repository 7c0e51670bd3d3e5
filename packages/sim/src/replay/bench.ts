import type { Measurement, Tap } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import { SimError } from '../errors.ts';
import type { RecordedLane, Recording } from '../recording/recording.ts';
import { tapKey } from '../recording/taps.ts';

/** A recording made ready for many replays: what is looked up often is worked out once. */
export interface ReplayBench {
  readonly recording: Recording;
  readonly costs: CostModel | undefined;
  /** In the order of the recording's lanes. */
  readonly lanes: readonly BenchLane[];
  /** Index of a recorded tap; undefined for others. */
  tapIndex(tap: Tap): number | undefined;
  /** Seconds of computing the stream from its start up to each position. */
  readonly secondsUntil: Float64Array;
  /** How far the sampler moves the latent at each step, as a share of the whole way. */
  readonly stepShares: Float64Array;
}

/** One lane, with its measurements as the executor would hand them out. */
export interface BenchLane {
  readonly recorded: RecordedLane;
  /** The change of a tap from an earlier step to a later one. */
  change(tap: number, step: number, reference: number): Measurement;
  /** The mean absolute value of a tap. */
  magnitude(tap: number, step: number): Measurement;
}

/**
 * Makes a recording ready.
 *
 * @param recording - of one run
 * @param costs - instead of those of the recording
 * @throws SimError `RECORDING_MISMATCH` when the costs are of a model with other sites
 */
export function openBench(recording: Recording, costs: CostModel | undefined = recording.costs): ReplayBench {
  const { taps, stream, lanes } = recording;
  if (costs && costs.whole.length !== stream.length)
    throw new SimError(
      'RECORDING_MISMATCH',
      `[sim] the costs are of ${costs.whole.length} positions and the recording of "${recording.model}" has ${stream.length}: ` +
        'use costs of the same model',
    );
  const indexes = new Map(taps.map(({ tap }, index) => [tapKey(tap), index]));
  return {
    recording,
    costs,
    lanes: lanes.map((lane) => openLane(lane, recording)),
    tapIndex: (tap) => indexes.get(tapKey(tap)),
    secondsUntil: runningSum(costs?.whole ?? Array.from({ length: stream.length }, () => 0)),
    stepShares: sharesOf(recording.timesteps),
  };
}

function openLane(recorded: RecordedLane, { taps, steps }: Recording): BenchLane {
  const { change, magnitude } = recorded;
  // Handed out again and again, so made once; most pairs of steps are never asked for.
  const made: (Measurement | undefined)[][] = taps.map(() => []);
  const meanAt = (tap: number, step: number): number => magnitude[tap * steps + step] ?? Number.NaN;
  const make = (tap: number, step: number, reference: number): Measurement => {
    const count = taps[tap]?.elements ?? 1;
    const mean = change[(tap * steps + step) * steps + reference] ?? Number.NaN;
    return { kind: 'sums', numerator: mean * count, denominator: meanAt(tap, reference) * count, count };
  };
  return {
    recorded,
    change: (tap, step, reference) =>
      ((made[tap] ??= [])[step * steps + reference] ??= make(tap, step, reference)),
    magnitude(tap, step) {
      const count = taps[tap]?.elements ?? 1;
      return { kind: 'sums', numerator: meanAt(tap, step) * count, denominator: count, count };
    },
  };
}

function runningSum(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [index, value] of values.entries()) sums[index + 1] = (sums[index] ?? 0) + value;
  return sums;
}

/** The last step is as long as the one before it: where a schedule ends, its timesteps do not say. */
function sharesOf(timesteps: readonly number[]): Float64Array {
  const moves = timesteps.map((timestep, step) => Math.abs(timestep - (timesteps[step + 1] ?? Number.NaN)));
  moves[moves.length - 1] = moves.at(-2) ?? 1;
  const whole = moves.reduce((sum, move) => sum + move, 0);
  return Float64Array.from(moves, (move) => (whole > 0 ? move / whole : 1 / moves.length));
}
