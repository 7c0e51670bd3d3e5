import type { Indicator } from '../../indicator/indicator.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption } from '../options.ts';
import { compute } from '../span.ts';

/** Options of {@link watch}. */
export interface WatchOptions {
  /** What is measured of each block: its output, or the modulated input of its first module. */
  readonly tap: 'output' | 'modulated';
  /** Sketch of the indicator: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

/** What `watch` remembers: where the stream ends, and its indicators. */
export type WatchState = { readonly length: number; readonly blocks: readonly (readonly [string, number])[] };

/**
 * Computes everything and measures how much each block changes from step to step. Not for speed: for the heat map of
 * block × step, and for choosing a threshold. The names of the indicators are those of the blocks.
 */
export const watch: PolicyFactory<WatchOptions, WatchState> = definePolicy<WatchOptions, WatchState>({
  name: 'watch',
  about: 'computes everything and measures how much each block changes',
  options: {
    tap: choiceOption('what is measured of each block', ['output', 'modulated'], 'output'),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  rule: ({ tap, stride }) => ({
    granularity: 'block',
    needs: { history: 0, modulated: tap === 'modulated' },
    limits: (run) => ({ warmUp: run.steps, tail: run.steps, maxAge: 0 }),
    init: (run) => ({
      length: run.stream.length,
      blocks: run.stream.blocks.map(
        (block) => [block.name, tap === 'output' ? block.until : block.from] as const,
      ),
    }),
    next: ({ length, blocks }) => {
      const measure = blocks.map(([name, at]): Indicator => ({
        name,
        tap: { of: tap === 'output' ? 'stream' : 'modulated', at },
        against: 'seen',
        ...(stride > 1 ? { stride } : {}),
      }));
      return compute(length, { kind: 'always-compute' }, [], measure);
    },
    observe: (state) => state,
  }),
});
