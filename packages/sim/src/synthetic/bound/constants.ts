import { norm } from '../drift.ts';
import type { Moment, ModuleState } from '../moment.ts';
import type { SyntheticDit } from '../synthetic-dit.ts';
import { stored, summed } from './rounding.ts';

/** One pass of the model: its step and branch. */
export interface PassPoint {
  readonly step: number;
  readonly branch: string;
}

/** How far apart a module leaves two streams: its values, what it adds, and the streams behind it. */
export interface Spread {
  readonly value: number;
  readonly increment: number;
  readonly stream: number;
}

/** Norms of a freshly computed pass, at most: the stream at each position, and the prediction. */
export interface PassNorms {
  readonly stream: Float64Array;
  readonly output: number;
}

const together: Spread = { value: 0, increment: 0, stream: 0 };

/** The constants of a synthetic DiT that bounds are computed from, all in the 2-norm. */
export class BoundConstants {
  readonly dit: SyntheticDit;
  /** Length of the stream. */
  readonly length: number;
  /** The norm of a vector of ones, which no value of tanh exceeds. */
  readonly full: number;
  readonly #places: number;
  readonly #rootChannels: number;
  readonly #terms: number;
  readonly #biases = new WeakMap<ModuleState, number>();

  /** @param dit - whose runs are bounded */
  constructor(dit: SyntheticDit) {
    const { tokens, channels, modules, places } = dit.network;
    this.dit = dit;
    this.length = modules.length;
    this.full = Math.sqrt(tokens * channels);
    this.#places = norm(places);
    this.#rootChannels = Math.sqrt(channels);
    this.#terms = tokens + channels;
  }

  /** What the timestep of a step means. */
  momentOf(step: number): Moment {
    return this.dit.network.momentAt(this.#timestepOf(step));
  }

  /** Gates and biases of a pass. */
  statesOf({ step, branch }: PassPoint): readonly ModuleState[] {
    return this.dit.network.statesAt(this.#timestepOf(step), branch);
  }

  /** Spectral norm of a module's matrix. */
  normOf(module: number): number {
    return this.dit.network.modules[module]?.spectralNorm ?? 0;
  }

  /** Gain of the head at a step times the norm of its matrix. */
  headOf(step: number): number {
    return Math.abs(this.momentOf(step).gain) * this.dit.network.headNorm;
  }

  /** Norms of a pass that is computed for a sample of at most this norm. */
  normsOf(point: PassPoint, sample: number): PassNorms {
    const states = this.statesOf(point);
    const stream = new Float64Array(this.length + 1);
    stream[0] = sample + this.#places;
    for (const [index, { gate }] of states.entries()) {
      const next = (stream[index] as number) + gate * this.full;
      stream[index + 1] = next + stored(next);
    }
    const { skip } = this.momentOf(point.step);
    const output = Math.abs(skip) * sample + this.headOf(point.step) * (stream[this.length] as number);
    return { stream, output: output + stored(output) };
  }

  /** The most that modules add to the stream between two positions. */
  addedBy(states: readonly ModuleState[], from: number, until: number): number {
    let sum = 0;
    for (let index = from; index < until; index++) sum += states[index]?.gate ?? 0;
    return sum * this.full;
  }

  /**
   * How far apart a module leaves two streams of one pass, both computed. Streams that are the same bit by bit stay so.
   *
   * @param state - of the module in that pass
   * @param module - its index
   * @param apart - how far apart they come
   * @param norms - their norms, at most
   */
  spread(state: ModuleState, module: number, apart: number, norms: readonly [number, number]): Spread {
    if (apart === 0) return together;
    const { gate } = state;
    const [first, second] = norms.map((size) => this.valueRounding(state, module, size)) as [number, number];
    const value = Math.min(this.normOf(module) * apart, 2 * this.full) + first + second;
    const added = norms.reduce((sum, size) => sum + stored(size + gate * this.full), 0);
    const increment = gate * value + added;
    return { value, increment, stream: apart + increment };
  }

  /** Error of a module's value against exact arithmetic. */
  valueRounding(state: ModuleState, module: number, streamNorm: number): number {
    // Σ|W||x| is at most the Frobenius norm of W times the norm of x.
    const size = this.normOf(module) * this.#rootChannels * streamNorm + this.#biasNorm(state);
    return stored(this.full) + summed(this.#terms, size);
  }

  /** Of the bias, repeated for every token. */
  #biasNorm(state: ModuleState): number {
    const known = this.#biases.get(state) ?? (this.full / this.#rootChannels) * norm(state.bias);
    this.#biases.set(state, known);
    return known;
  }

  #timestepOf(step: number): number {
    return this.dit.sampling.sampler.timesteps[step] ?? Number.NaN;
  }
}
