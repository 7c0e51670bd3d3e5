import type { SiteInfo } from '@refrain/core';
import type { DeviceTensor } from '../gpu/tensor.ts';

/** What leads from one position of the stream to the next: a module of a block, or a whole block of one piece. */
export interface StreamLink<Context> {
  /** What is added to the stream in front of the module, such as a position embedding. Left out: nothing. */
  prepare?(x: DeviceTensor, context: Context): Promise<DeviceTensor>;
  /** The normed, scaled and shifted input. Left out: the stream itself. */
  modulated?(x: DeviceTensor, context: Context): Promise<DeviceTensor>;
  /** The costly part, from the modulated input: the value before its gate. */
  compute(modulated: DeviceTensor, context: Context): Promise<DeviceTensor>;
  /** Puts a value into the stream with the current gate. */
  apply(x: DeviceTensor, value: DeviceTensor, context: Context): Promise<DeviceTensor>;
}

/** A transformer on a device as a chain of links. All features that its functions return are new. */
export interface StreamModel<Input, Context, Output> {
  /** Shown in reports and errors. */
  readonly name: string;
  readonly sites: readonly SiteInfo[];
  /** Link k leads from position k to position k + 1. */
  readonly links: readonly StreamLink<Context>[];
  /** Conditioning tensors that can be tapped, by name. */
  readonly conditioning: readonly string[];
  /** The stream at position 0, and what all links of the pass read. */
  enter(input: Input, timestep: number, branch: string): Promise<{ x: DeviceTensor; context: Context }>;
  /** A conditioning tensor of a pass; it stays the pass's. */
  conditioningOf(context: Context, name: string): DeviceTensor;
  /** The output, read back. */
  exit(x: DeviceTensor, context: Context): Promise<Output>;
  /** Frees what a pass holds. */
  release(context: Context): void;
}
