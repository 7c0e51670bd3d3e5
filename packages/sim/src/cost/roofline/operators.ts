import type { ModuleKind } from '@refrain/core';
import type { DitBlock, DitModel } from './dit-model.ts';

/** One kernel of a model: what it computes and what it moves. */
export interface Operator {
  /** Floating-point operations of its matrix products; a multiply-add counts as two. */
  readonly flops: number;
  /** Numbers read from and written to the device's memory, weights included. */
  readonly moved: number;
}

/** The kernels of a position: those that compute the value, and the one that puts it into the stream. */
export interface SiteOperators {
  readonly value: readonly Operator[];
  readonly apply: readonly Operator[];
}

/** Tokens and weights that a block works on, for a whole batch. */
interface Shape {
  readonly batch: number;
  readonly width: number;
  readonly mlpWidth: number;
  readonly textTokens: number;
  /** Tokens of a video, with those of the text where they are in the same sequence. */
  readonly tokens: number;
  /** Tokens that one token attends to. */
  readonly sequence: number;
  /** Sets of weights: a joint block has one for the video and one for the text. */
  readonly sets: number;
}

/**
 * The kernels of one position of a block: products, attention without its scores in memory (FlashAttention), and the
 * passes over memory between them. Left out, since they do not grow with the tokens: adaptive-norm projections, timestep
 * and text embedding.
 *
 * @param model - its dimensions
 * @param block - the block
 * @param kind - what the position computes
 */
export function siteOperators(model: DitModel, block: DitBlock, kind: ModuleKind): SiteOperators {
  const shape = shapeOf(model, block);
  const { width, batch, tokens } = shape;
  const value =
    kind === 'mlp'
      ? mlp(shape)
      : kind === 'cross-attention'
        ? crossAttention(shape)
        : kind === 'other'
          ? parallel(shape)
          : selfAttention(shape);
  // The gated value is read, the stream read and written.
  return { value, apply: [passes(batch * tokens, width, 3)] };
}

/** The kernels of entering and leaving the model: patch embedding, final norm, projection. */
export function frameOperators({
  batch,
  frames,
  tokensPerFrame,
  width,
  patch,
}: DitModel): readonly Operator[] {
  const tokens = batch * frames * tokensPerFrame;
  return [linear(tokens, patch.in, width), passes(tokens, width, 2), linear(tokens, width, patch.out)];
}

function shapeOf(model: DitModel, { family }: DitBlock): Shape {
  const { batch, width, mlpWidth, textTokens, frames, tokensPerFrame } = model;
  const together = family === 'joint' || family === 'single';
  const tokens = frames * tokensPerFrame + (together ? textTokens : 0);
  const sequence = family === 'spatial' ? tokensPerFrame : family === 'temporal' ? frames : tokens;
  return { batch, width, mlpWidth, textTokens, tokens, sequence, sets: family === 'joint' ? 2 : 1 };
}

function selfAttention({ batch, width, tokens, sequence, sets }: Shape): readonly Operator[] {
  const rows = batch * tokens;
  return [
    passes(rows, width, 2),
    linear(rows, width, 3 * width, sets),
    // Norm and rotary embedding of queries and keys, in place.
    passes(rows, width, 4),
    attention(rows, sequence, rows, width),
    linear(rows, width, width, sets),
  ];
}

function crossAttention({ batch, width, tokens, textTokens }: Shape): readonly Operator[] {
  const rows = batch * tokens;
  const text = batch * textTokens;
  return [
    passes(rows, width, 2),
    linear(rows, width, width),
    linear(text, width, 2 * width),
    attention(rows, textTokens, text, width),
    linear(rows, width, width),
  ];
}

function mlp({ batch, width, mlpWidth, tokens, sets }: Shape): readonly Operator[] {
  const rows = batch * tokens;
  return [
    passes(rows, width, 2),
    linear(rows, width, mlpWidth, sets),
    passes(rows, mlpWidth, 2),
    linear(rows, mlpWidth, width, sets),
  ];
}

/** Attention and MLP side by side: one product before them, one after. */
function parallel({ batch, width, mlpWidth, tokens, sequence }: Shape): readonly Operator[] {
  const rows = batch * tokens;
  return [
    passes(rows, width, 2),
    linear(rows, width, 3 * width + mlpWidth),
    passes(rows, width, 4),
    attention(rows, sequence, rows, width),
    passes(rows, mlpWidth, 2),
    linear(rows, width + mlpWidth, width),
  ];
}

function linear(rows: number, from: number, to: number, sets: number = 1): Operator {
  return { flops: 2 * rows * from * to, moved: rows * (from + to) + sets * from * to };
}

/** Scores and weighted sum: two products. Queries, keys and values are read, the result is written. */
function attention(queries: number, sequence: number, keys: number, width: number): Operator {
  return { flops: 4 * queries * sequence * width, moved: 2 * (queries + keys) * width };
}

/** So many readings or writings of a feature. */
function passes(rows: number, width: number, count: number): Operator {
  return { flops: 0, moved: count * rows * width };
}
