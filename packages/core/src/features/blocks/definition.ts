import type { Float32Feature } from '../float32.ts';
import type { MaybePromise } from '../../pass/features.ts';
import type { ModuleKind } from '../../pass/site.ts';

/**
 * A function of the stream and of the pass's context, such as the timestep embedding. It must not change `x`, and must
 * return a new array each time: what it returned may stay in a cache.
 */
export type BlockFunction<Context> = (x: Float32Feature, context: Context) => MaybePromise<Float32Feature>;

/** A block as one function, for policies that act on whole blocks. */
export interface PlainBlock<Context> {
  /** Unique name; `blocks.3` for the fourth block when left out. */
  readonly name?: string;
  /** Blocks of one family are alike; `block` when left out. */
  readonly family?: string;
  /** From the block's input to its output. */
  readonly run: BlockFunction<Context>;
  /** The normed, scaled and shifted input of the block's first module, which some policies measure. `x` itself may be returned. */
  readonly modulated?: BlockFunction<Context>;
}

/** One module of a block: a costly value, and how it enters the stream. */
export interface BlockModule<Context> {
  /** Unique within the block; its kind when left out. */
  readonly name?: string;
  /** What the module computes. */
  readonly kind: ModuleKind;
  /** The module's output before its gate. */
  readonly compute: BlockFunction<Context>;
  /** Puts a value, computed or cached, into the stream with the current gate: usually `x + gate · value`, a new array. */
  readonly apply: (
    x: Float32Feature,
    value: Float32Feature,
    context: Context,
  ) => MaybePromise<Float32Feature>;
  /** The normed, scaled and shifted input of the module. `x` itself may be returned. */
  readonly modulated?: BlockFunction<Context>;
}

/** A block as its modules, for policies that act on single modules, such as attention. */
export interface ModularBlock<Context> {
  /** Unique name; `blocks.3` for the fourth block when left out. */
  readonly name?: string;
  /** Blocks of one family are alike; `block` when left out. */
  readonly family?: string;
  /** The modules in order, at least one. */
  readonly modules: readonly BlockModule<Context>[];
}

/** A block of a hand-written model: a function, a function with a name, or modules. */
export type BlockDefinition<Context> = BlockFunction<Context> | PlainBlock<Context> | ModularBlock<Context>;
