import type { SiteInfo } from '@refrain/core';

/**
 * The mathematics of a synthetic DiT, as `syntheticDit()` of `@refrain/sim` gives it: residual modules
 * `x + g(t) · tanh(W x + b(t))` between a linear way in and a linear head.
 */
export interface SyntheticModel {
  readonly name: string;
  readonly sites: readonly SiteInfo[];
  readonly conditioning?: readonly string[];
  readonly network: SyntheticMathematics;
}

/** Modules, way in and way out. Matrices are square, row after row. */
export interface SyntheticMathematics {
  readonly tokens: number;
  readonly channels: number;
  /** Module k leads from position k to position k + 1. */
  readonly modules: readonly SyntheticModuleMatrices[];
  /** The way in: a matrix of the channels. */
  readonly entry: Float64Array;
  /** Added to the stream on the way in. */
  readonly places: Float64Array;
  /** Matrix of the head. */
  readonly head: Float64Array;
  /** Skip and gain of the head and the timestep embedding. */
  momentAt(timestep: number): {
    readonly skip: number;
    readonly gain: number;
    readonly embedding: Float32Array;
  };
  /** Gate and shift of every module. */
  statesAt(
    timestep: number,
    branch: string,
  ): readonly { readonly gate: number; readonly shift: Float64Array }[];
}

/** W of a module: a matrix of the channels, behind a mixing of the tokens. */
export interface SyntheticModuleMatrices {
  readonly weight: Float64Array;
  readonly mixing?: RingMixing;
}

/** Tokens in groups on rings; each becomes a weighted mean of its group. */
export interface RingMixing {
  /** Tokens of a group. */
  readonly size: number;
  /** From one token of a group to the next. */
  readonly stride: number;
  /** First token of each group. */
  readonly starts: readonly number[];
  /** Weight at each distance along the ring. */
  readonly weights: Float64Array;
}

/**
 * A mixing as a matrix of the tokens, row after row.
 *
 * @param mixing - of a module
 * @param tokens - number of them
 */
export function mixingMatrix({ size, stride, starts, weights }: RingMixing, tokens: number): Float32Array {
  const matrix = new Float32Array(tokens * tokens);
  for (const start of starts)
    for (let target = 0; target < size; target++)
      for (let source = 0; source < size; source++) {
        const [row, column] = [start + target * stride, start + source * stride];
        matrix[row * tokens + column] = weights[(source - target + size) % size] ?? 0;
      }
  return matrix;
}

/** A square matrix with rows and columns exchanged, in float32. */
export function transposedSquare(matrix: Float64Array, size: number): Float32Array {
  return Float32Array.from(
    matrix,
    (_, index) => matrix[(index % size) * size + Math.floor(index / size)] ?? 0,
  );
}
