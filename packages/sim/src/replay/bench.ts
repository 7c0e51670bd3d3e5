import { outputOf, type Measurement } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';
import { SimError } from '../errors.ts';
import type { RecordedLane, Recording } from '../recording/recording.ts';
import { LookBook } from './look.ts';
import { TapIndex } from './tap-index.ts';

/** A recording made ready for many replays: what is looked up often is worked out once. */
export interface ReplayBench {
  readonly recording: Recording;
  readonly costs: CostModel | undefined;
  /** In the order of the recording's lanes. */
  readonly lanes: readonly BenchLane[];
  /** Finds recorded taps. */
  readonly index: TapIndex;
  /** What policies look at. */
  readonly looks: LookBook;
  /** Seconds of computing the stream from its start up to each position. */
  readonly secondsUntil: Float64Array;
}

/** One lane, with its measurements as the executor would hand them out. */
export interface BenchLane {
  readonly recorded: RecordedLane;
  /** The change of a tap from an earlier step to a later one. */
  change(tap: number, step: number, reference: number): Measurement;
  /** The mean absolute value of a tap. */
  magnitude(tap: number, step: number): Measurement;
  /** What a mean absolute error of the stream at its end, at each step, adds to the drift of the latent. */
  readonly streamWeights: Float64Array;
  /** The same for an error of the model's output. */
  readonly outputWeights: Float64Array;
}

/**
 * Makes a recording ready.
 *
 * @param recording - of one run
 * @param costs - instead of those of the recording
 * @throws SimError `RECORDING_MISMATCH` when the costs are of a model with other sites
 */
export function openBench(recording: Recording, costs: CostModel | undefined = recording.costs): ReplayBench {
  const { taps, stream, lanes, timesteps } = recording;
  if (costs && costs.whole.length !== stream.length)
    throw new SimError(
      'RECORDING_MISMATCH',
      `[sim] the costs are of ${costs.whole.length} positions and the recording of "${recording.model}" has ${stream.length}: ` +
        'use costs of the same model',
    );
  const index = new TapIndex(taps, stream.length);
  const shares = sharesOf(timesteps);
  return {
    recording,
    costs,
    lanes: lanes.map((lane) => openLane(lane, recording, weightsOf(lane, recording, index, shares))),
    index,
    looks: new LookBook(recording, index, costs),
    secondsUntil: runningSum(costs?.whole ?? Array.from({ length: stream.length }, () => 0)),
  };
}

function openLane(
  recorded: RecordedLane,
  { taps, steps }: Recording,
  weights: Pick<BenchLane, 'streamWeights' | 'outputWeights'>,
): BenchLane {
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
    ...weights,
    recorded,
    change: (tap, step, reference) =>
      ((made[tap] ??= [])[step * steps + reference] ??= make(tap, step, reference)),
    magnitude(tap, step) {
      const count = taps[tap]?.elements ?? 1;
      return { kind: 'sums', numerator: meanAt(tap, step) * count, denominator: count, count };
    },
  };
}

/**
 * How the error of one step moves the latent, relative to its size at the end: the sampler takes the share Δt_s of the
 * velocity, which errs by the share that the stream errs by.
 *
 *     Δt_s · |v_s| / |x_T| / |x_L(s)| / number of lanes
 */
function weightsOf(
  { magnitude }: RecordedLane,
  { stream, steps, wholeModel, lanes }: Recording,
  index: TapIndex,
  shares: Float64Array,
): Pick<BenchLane, 'streamWeights' | 'outputWeights'> {
  const sizeAt = (at: number, step: number): number =>
    magnitude[(index.find({ of: 'stream', at }) ?? -1) * steps + step] ?? Number.NaN;
  const output = outputOf(stream.length);
  const latent = wholeModel ? sizeAt(-1, steps - 1) : 1;
  const perOutput = shares.map((share) => share / (latent > 0 ? latent : 1) / lanes.length);
  return {
    outputWeights: perOutput,
    streamWeights: perOutput.map((weight, step) => {
      const size = sizeAt(stream.length, step);
      return (weight * (wholeModel ? sizeAt(output, step) : 1)) / (size > 0 ? size : 1);
    }),
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
