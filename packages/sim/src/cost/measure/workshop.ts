import type { BlockRunner, Pass, PassInfo, Stream } from '@refrain/core';
import { FeatureShelf } from './feature-shelf.ts';

/** What all measurements of a runner share. */
export interface Workshop<Input, Feature extends object, Output> {
  readonly runner: BlockRunner<Input, Feature, Output>;
  readonly stream: Stream;
  readonly input: Input;
  readonly at: PassInfo;
  /** Of sketched indicators. */
  readonly stride: number;
  /** Clock in milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
}

/** A pass that was entered, and who frees its features. */
export interface OpenPass<Feature extends object, Output> {
  readonly pass: Pass<Feature, Output>;
  readonly shelf: FeatureShelf<Feature>;
  /** Seconds that entering took. */
  readonly seconds: number;
}

/** Does a piece of work and says how many seconds it took. Does not begin once the signal is aborted. */
export async function timed<T>(
  { now, signal }: Pick<Workshop<never, object, unknown>, 'now' | 'signal'>,
  work: () => T | Promise<T>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  signal?.throwIfAborted();
  const start = now();
  const value = await work();
  return { value, seconds: (now() - start) / 1000 };
}

/** Enters the model, works in the pass, and frees all that is left of it. */
export async function inPass<Input, Feature extends object, Output, T>(
  workshop: Workshop<Input, Feature, Output>,
  work: (open: OpenPass<Feature, Output>) => Promise<T>,
): Promise<T> {
  const { runner, input, at } = workshop;
  const { value: pass, seconds } = await timed(workshop, () => runner.enter(input, at));
  const shelf = new FeatureShelf<Feature>(runner.ops);
  try {
    shelf.add(pass.x);
    shelf.addAll(pass.looked ?? []);
    return await work({ pass, shelf, seconds });
  } finally {
    try {
      shelf.clear();
    } finally {
      pass.release?.();
    }
  }
}
