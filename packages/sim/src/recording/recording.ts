import type { Stream, Tap } from '@refrain/core';
import type { CostModel } from '../cost/cost-model.ts';

/** A tap whose change between all pairs of steps was recorded. */
export interface RecordedTap {
  /** Where was looked. */
  readonly tap: Tap;
  /** Elements of the whole feature. */
  readonly elements: number;
}

/**
 * What was recorded of one lane: a guidance branch, or `branch.1` for the second call of each step. All numbers are means
 * of absolute values over the elements that were looked at, as float32 code computes them; `T` is the number of steps, and
 * taps have the order of {@link Recording.taps}.
 */
export interface RecordedLane {
  /** Guidance branch. */
  readonly branch: string;
  /** Call within the step: 0, or 1 for the second call of a second-order sampler. */
  readonly call: number;
  /** mean|f_s − f_r| at `(tap · T + s) · T + r` for r < s; the rest is zero. */
  readonly change: Float32Array;
  /** mean|f_s| at `tap · T + s`. */
  readonly magnitude: Float32Array;
  /**
   * Mean over tokens of ‖residual_s‖₂ / ‖residual_{s−1}‖₂ of the whole stack, at s; entry 0 is 1. What MagCache calls
   * magnitude ratios. Left out where the runner cannot measure it.
   */
  readonly ratios?: Float32Array;
  /**
   * Inner products ⟨residual_s, residual_r⟩ of the whole stack at `s · T + r` for r ≤ s; the rest is zero. They give the
   * error of every forecast exactly. Left out where the runner cannot measure them.
   */
  readonly products?: Float64Array;
}

/**
 * One uncached generation: how much every tap changed between all pairs of steps, and what its sites cost. Any policy
 * replays on it. Plain data; files are written by {@link writeRecording}.
 */
export interface Recording {
  /** Name of the runner. */
  readonly model: string;
  /** The architecture, where the runner says it. */
  readonly architecture?: string;
  /** What was generated, for example the prompt; shown in reports. */
  readonly label: string;
  /** Number of steps, T. */
  readonly steps: number;
  /** The sampler's timestep of each step. */
  readonly timesteps: readonly number[];
  /** Guidance branches, the conditional one first. */
  readonly branches: readonly string[];
  /** How often the sampler calls the model in a step. */
  readonly callsPerStep: number;
  /** Scale of classifier-free guidance, 1 without. */
  readonly guidance: number;
  /** The sites of the model. */
  readonly stream: Stream;
  /** True if the model is a site as well: the sample at −1 and the output at length + 1 were recorded. */
  readonly wholeModel: boolean;
  /** Bytes of one element of a feature: 4 for float32. */
  readonly bytesPerElement: number;
  /** Elements 0, stride, 2·stride, … of each feature were looked at; 1 looks at all. */
  readonly stride: number;
  /** What was looked at. */
  readonly taps: readonly RecordedTap[];
  /** What was seen, lane by lane. */
  readonly lanes: readonly RecordedLane[];
  /** What its parts cost, where that was measured. */
  readonly costs?: CostModel;
}
