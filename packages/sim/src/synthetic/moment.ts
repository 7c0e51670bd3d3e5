import type { Preconditioning } from './sampling.ts';

/** What a timestep means to a synthetic DiT. */
export interface Moment extends Preconditioning {
  readonly timestep: number;
  /** Where in the run the timestep lies, in steps: an integer at the sampler's own timesteps. */
  readonly position: number;
  /** Phase of the conditioning, in radians. */
  readonly phase: number;
  /** The timestep embedding, one value for each channel. */
  readonly embedding: Float32Array;
}

/** What conditioning makes of one module at a timestep in a branch. */
export interface ModuleState {
  /** g_i(t), above 0. */
  readonly gate: number;
  /** Added to the stream in front of the module, one value for each channel; stream + shift is the modulated input. */
  readonly shift: Float64Array;
  /** b_i(t) = W_i · shift, one value for each channel. */
  readonly bias: Float64Array;
}
