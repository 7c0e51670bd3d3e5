import type { BlockSite, InnerSite, ModuleKind, Stream } from '@refrain/core';

/**
 * What kind of block it is:
 * - `spatial`, `temporal`: attention within each frame, or along the frames at each place;
 * - `full`: attention over all tokens of the video;
 * - `joint`: video and text tokens have weights of their own and attend together;
 * - `single`: video and text tokens in one sequence, attention and MLP side by side.
 */
export type DitFamily = 'spatial' | 'temporal' | 'full' | 'joint' | 'single';

/** One block of a {@link DitModel}. */
export interface DitBlock {
  readonly family: DitFamily;
  /** True if it attends to the text by an attention of its own. */
  readonly crossAttention: boolean;
}

/** The dimensions of a video DiT at one setting: what its FLOPs and bytes follow from. */
export interface DitModel {
  /** Model and setting, for example `Open-Sora 1.2, 51 frames 480P`. */
  readonly name: string;
  /** Frames of the latent, after patching. */
  readonly frames: number;
  /** Tokens of each of these frames. */
  readonly tokensPerFrame: number;
  /** Channels of a token. */
  readonly width: number;
  /** Attention heads. They change how products are grouped, not how many there are. */
  readonly heads: number;
  /** Channels between the two layers of the MLP. */
  readonly mlpWidth: number;
  readonly textTokens: number;
  /** Numbers of a patch as it comes in, and as it leaves. */
  readonly patch: { readonly in: number; readonly out: number };
  /** Series of blocks, each repeated. */
  readonly stack: readonly { readonly repeat: number; readonly blocks: readonly DitBlock[] }[];
  /** Denoising steps, as published. */
  readonly steps: number;
  /** Passes of a step, as published: 2 if the guidance branches are passed one after the other. */
  readonly passesPerStep: number;
  /** Videos in a pass: 2 if both guidance branches are passed together. */
  readonly batch: number;
  /** Where the dimensions come from. */
  readonly source: string;
}

/** The blocks of a model in order. */
export function blocksOf({ stack }: Pick<DitModel, 'stack'>): readonly DitBlock[] {
  return stack.flatMap(({ repeat, blocks }) => Array.from({ length: repeat }, () => blocks).flat());
}

/** What the positions of a block compute, in order. A single-stream block cannot be taken apart. */
export function modulesOf({ family, crossAttention }: DitBlock): readonly ModuleKind[] {
  if (family === 'single') return ['other'];
  const attention =
    family === 'full' || family === 'joint' ? 'self-attention' : (`${family}-attention` as const);
  return crossAttention ? [attention, 'cross-attention', 'mlp'] : [attention, 'mlp'];
}

/**
 * The stream that a model's costs belong to: one position for each attention and MLP.
 *
 * @example
 * ```ts
 * ditStream(ditModels['wan-2.1-14b']).length; // 120: 40 blocks of self-attention, cross-attention and MLP
 * ```
 */
export function ditStream(model: DitModel): Stream {
  const blocks: BlockSite[] = [];
  const inner: InnerSite[] = [];
  for (const [index, block] of blocksOf(model).entries()) {
    const name = `blocks.${index}`;
    const from = inner.length;
    for (const kind of modulesOf(block)) {
      const at = inner.length;
      inner.push({ level: 'inner', name: `${name}/${kind}`, kind, block: name, from: at, until: at + 1 });
    }
    const { family } = block;
    blocks.push({ level: 'block', name, family, from, until: inner.length, modulated: true });
  }
  return { length: inner.length, blocks, inner, conditioning: [] };
}
