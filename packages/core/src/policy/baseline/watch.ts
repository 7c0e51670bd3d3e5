import type { Indicator } from '../../indicator/indicator.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption } from '../options.ts';
import { compute } from '../span.ts';

/** Options of {@link watch}. */
export interface WatchOptions {
  /** What is measured of each block: its output, the modulated input of its first module, or both. */
  readonly tap: 'output' | 'modulated' | 'both';
  /** Sketch of the indicator: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

/** What `watch` remembers: where the stream ends, and name, start and end of each block. */
export type WatchState = {
  readonly length: number;
  readonly blocks: readonly (readonly [string, number, number])[];
};

/**
 * Computes everything and measures how much each block changes from step to step. Not for speed: for the heat map of
 * block × step, and for choosing a threshold. Indicators are called after their block: `NAME output`, `NAME modulated`.
 */
export const watch: PolicyFactory<WatchOptions, WatchState> = definePolicy<WatchOptions, WatchState>({
  name: 'watch',
  about: 'computes everything and measures how much each block changes',
  baseline: true,
  options: {
    tap: choiceOption('what is measured of each block', ['output', 'modulated', 'both'], 'output'),
    stride: integerOption('measure every n-th element of the indicator', 1, { min: 1 }),
  },
  rule: ({ tap, stride }) => ({
    granularity: 'block',
    needs: { history: 0, ...(tap === 'output' ? {} : { modulated: 'all' as const }) },
    limits: (run) => ({ warmUp: run.steps, tail: run.steps, maxAge: 0 }),
    init: (run) => ({
      length: run.stream.length,
      blocks: run.stream.blocks.map(({ name, from, until }) => [name, from, until] as const),
    }),
    next: ({ length, blocks }) =>
      compute(
        length,
        { kind: 'always-compute' },
        [],
        blocks.flatMap((block) => indicatorsOf(block, { tap, stride })),
      ),
    observe: (state) => state,
  }),
});

function indicatorsOf(
  [name, from, until]: WatchState['blocks'][number],
  { tap, stride }: WatchOptions,
): Indicator[] {
  const rest = { against: 'seen', ...(stride > 1 ? { stride } : {}) } as const;
  const indicators: Indicator[] = [];
  if (tap !== 'modulated')
    indicators.push({ name: `${name} output`, tap: { of: 'stream', at: until }, ...rest });
  if (tap !== 'output')
    indicators.push({ name: `${name} modulated`, tap: { of: 'modulated', at: from }, ...rest });
  return indicators;
}
