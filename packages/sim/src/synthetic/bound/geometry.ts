import { distance, norm } from '../drift.ts';
import { stored } from './rounding.ts';

/** Where the samples of a cached run lie: norms and distances, measured or bounded. */
export interface SampleGeometry {
  /** ‖x_s‖₂, at most. */
  norm(step: number): number;
  /** ‖x_s − x_r‖₂, at most. */
  distance(step: number, other: number): number;
}

/** The geometry of samples that are known. */
export function measuredGeometry(samples: readonly Float32Array[]): SampleGeometry {
  const at = (step: number): Float32Array => samples[step] as Float32Array;
  const distances = new Map<string, number>();
  const norms = samples.map((sample) => norm(sample));
  return {
    norm: (step) => norms[step] as number,
    distance: (step, other) => {
      const key = `${step} ${other}`;
      const known = distances.get(key) ?? distance(at(step), at(other));
      distances.set(key, known);
      return known;
    },
  };
}

/** The geometry of a run of which only the first sample's norm is known: it grows step by step. */
export class BoundedGeometry implements SampleGeometry {
  readonly #norms: number[];
  readonly #travelled: number[] = [0];

  /** @param first - ‖x_0‖₂ */
  constructor(first: number) {
    this.#norms = [first];
  }

  /**
   * Adds the next sample.
   *
   * @param next - its norm, at most
   * @param move - its distance from the one before, at most
   */
  advance(next: number, move: number): void {
    this.#norms.push(next + stored(next));
    this.#travelled.push((this.#travelled.at(-1) as number) + move + stored(next));
  }

  norm(step: number): number {
    return this.#norms[step] as number;
  }

  distance(step: number, other: number): number {
    const [first, second] = [step, other].map((at) => this.#travelled[at] as number) as [number, number];
    // Sums of this length lose a few units of 2⁻⁵².
    return step === other ? 0 : Math.abs(first - second) + 1e-12 * Math.max(first, second);
  }
}
