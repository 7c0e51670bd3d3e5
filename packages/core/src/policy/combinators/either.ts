import { combination, type CombinedState } from './combination.ts';
import { definePlainCombinator, type PlainCombinatorFactory } from './define.ts';
import { ensemble } from './ensemble.ts';
import { mergedLimits } from './merge.ts';
import { MOST_POLICIES } from './names.ts';
import type { Choice, EnsembleMemory, Voice } from './voices.ts';

/**
 * Reuses where any policy would, and what it would is at hand; where several would, the first of them decides. All are
 * asked everywhere and told what happened, so that those who computed in vain know that it was reused.
 *
 * Content may be as old as all ages together: each policy bounds its own entries, and one may keep what another reused.
 *
 * @example
 * ```ts
 * either(fora({ interval: 2, cache: 'stack' }), teacache({ threshold: 0.1 }));
 * ```
 */
export const either: PlainCombinatorFactory<CombinedState<EnsembleMemory>> = definePlainCombinator<
  CombinedState<EnsembleMemory>
>({
  name: 'either',
  about: 'reuses where any of its policies would',
  combines: { min: 2, max: MOST_POLICIES },
  rule: (_, policies) =>
    combination(
      policies,
      ensemble(policies, { limits: mergedLimits(policies, { windows: 'smallest', age: 'sum' }), choose }),
    ),
});

function choose(count: number, hearOne: (index: number) => Voice): Choice {
  const voices = Array.from({ length: count }, (_, index) => hearOne(index));
  if (voices.some(({ says }) => says === 'measure')) return { voices, does: 'measure' };
  const by = voices.findIndex(({ says }) => says === 'reuse');
  return by < 0 ? { voices, does: 'compute' } : { voices, does: 'reuse', by };
}
