import type { ModuleKind } from '@refrain/core';

/**
 * Mixes tokens in groups that lie on rings: every token becomes a weighted mean of its group, with weights that depend on
 * the distance only. The matrix is symmetric with rows that add up to 1, so its spectral norm is 1 (at most the root of
 * the product of its largest row sum and its largest column sum).
 */
export interface TokenMixing {
  /** Tokens of a group. */
  readonly size: number;
  /** From one token of a group to the next. */
  readonly stride: number;
  /** First token of each group. */
  readonly starts: readonly number[];
  /** Weight at each distance along the ring, `size` values that add up to 1. */
  readonly weights: Float64Array;
}

/** How fast weights fall with the distance: to 1/e at this share of the ring. */
const reach = 0.25;

/**
 * The mixing of a kind of module: over all tokens, within a frame, or along the frames; undefined for modules that look at
 * one token at a time.
 *
 * @param kind - of the module
 * @param tokens - number of tokens, frame after frame
 * @param frames - number of frames
 */
export function mixingOf(kind: ModuleKind, tokens: number, frames: number): TokenMixing | undefined {
  const space = tokens / frames;
  const ring = (size: number, stride: number, starts: number, step: number): TokenMixing => ({
    size,
    stride,
    starts: Array.from({ length: starts }, (_, index) => index * step),
    weights: ringWeights(size),
  });
  if (kind === 'mlp' || kind === 'cross-attention') return undefined;
  if (kind === 'spatial-attention') return ring(space, 1, frames, space);
  if (kind === 'temporal-attention') return ring(frames, space, space, 1);
  return ring(tokens, 1, 1, tokens);
}

function ringWeights(size: number): Float64Array {
  const weights = Float64Array.from({ length: size }, (_, index) =>
    Math.exp(-((Math.min(index, size - index) / (reach * size)) ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The mixed tokens, in float64. */
export function mixTokens(x: Float32Array, channels: number, mixing: TokenMixing): Float64Array {
  const { size, stride, starts, weights } = mixing;
  const mixed = new Float64Array(x.length);
  for (const start of starts)
    for (let target = 0; target < size; target++) {
      const to = (start + target * stride) * channels;
      for (let source = 0; source < size; source++) {
        const from = (start + source * stride) * channels;
        const weight = weights[(source - target + size) % size] as number;
        for (let channel = 0; channel < channels; channel++)
          mixed[to + channel] = (mixed[to + channel] as number) + weight * (x[from + channel] as number);
      }
    }
  return mixed;
}
