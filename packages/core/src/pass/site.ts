/**
 * A DiT pass as a chain: positions `0 … length` along the residual stream, and sites between them.
 *
 *     x₀ = enter(input)            patchify, embeddings, conditioning
 *     v_k = compute_k(x_k)         the costly part of site k
 *     x_{k+1} = apply_k(x_k, v_k)  put the value into the stream
 *     y = exit(x_length)           final norm, projection
 */

/** What an inner site computes. `self-attention` is attention over all tokens; `spatial` and `temporal` split them. */
export type ModuleKind =
  'self-attention' | 'spatial-attention' | 'temporal-attention' | 'cross-attention' | 'mlp' | 'other';

/** One transformer block: the positions of the stream from `from` up to `until`. */
export interface BlockSite {
  readonly level: 'block';
  /** Unique among the sites of a runner, for example `transformer_blocks.3`. */
  readonly name: string;
  /** Blocks of one family are alike: `spatial`, `temporal`, `joint`, `single`, … */
  readonly family: string;
  /** Position where the block's input stands. */
  readonly from: number;
  /** Position where its output stands. */
  readonly until: number;
  /** True if the modulated (normed, scaled, shifted) input of the block's first module can be measured. */
  readonly modulated: boolean;
}

/** One module inside a block. Its value is the module's output *before* the gate, so that the current gate still applies. */
export interface InnerSite {
  readonly level: 'inner';
  /** Unique among the sites of a runner, for example `transformer_blocks.3/attn1`. */
  readonly name: string;
  /** What the module computes. */
  readonly kind: ModuleKind;
  /** Name of the block that the module belongs to. */
  readonly block: string;
  /** Position where its input stands. */
  readonly from: number;
  /** Position where the stream stands with the value applied: always `from + 1`. */
  readonly until: number;
}

/** A place in the model whose computation can be skipped. */
export type SiteInfo = BlockSite | InnerSite;

/** The stream of a runner: how long it is, its blocks, and its inner sites where it offers them. Plain data. */
export interface Stream {
  /** Number of positions after the first: the last is `length`. */
  readonly length: number;
  /** The blocks in order; they tile the stream. */
  readonly blocks: readonly BlockSite[];
  /** The inner sites in order; they tile the stream too. Empty when the runner cannot act inside a block. */
  readonly inner: readonly InnerSite[];
  /** Names of conditioning tensors that can be measured, such as `timestep-embedding`. */
  readonly conditioning: readonly string[];
}
