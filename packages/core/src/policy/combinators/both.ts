import { combination, type CombinedState } from './combination.ts';
import { definePlainCombinator, type PlainCombinatorFactory } from './define.ts';
import { ensemble } from './ensemble.ts';
import { mergedLimits } from './merge.ts';
import { MOST_POLICIES } from './names.ts';
import { declined, type Choice, type EnsembleMemory, type Voice } from './voices.ts';

/**
 * Reuses only where all policies would reuse the same span in the same form, by the weights of the first; everything
 * else is computed. All measure what they need, and what any of them keeps is kept.
 *
 * @example
 * ```ts
 * both(teacache({ threshold: 0.3 }), fora({ interval: 3, cache: 'stack' })); // TeaCache, and every third step for certain
 * ```
 */
export const both: PlainCombinatorFactory<CombinedState<EnsembleMemory>> = definePlainCombinator<
  CombinedState<EnsembleMemory>
>({
  name: 'both',
  about: 'reuses only where all of its policies would',
  combines: { min: 2, max: MOST_POLICIES },
  rule: (_, policies) =>
    combination(
      policies,
      ensemble(policies, {
        limits: mergedLimits(policies, { windows: 'greatest', age: 'smallest' }),
        choose,
      }),
    ),
});

function choose(count: number, hearOne: (index: number) => Voice): Choice {
  const voices = Array.from({ length: count }, (_, index) => hearOne(index));
  if (voices.some(({ says }) => says === 'measure')) return { voices, does: 'measure' };
  if (agree(voices)) return { voices, does: 'reuse', by: 0 };
  const apart = voices.every(({ says }) => says === 'reuse') ? DIFFERENT : undefined;
  return {
    voices: voices.map((voice) => (voice.says === 'reuse' ? declined(voice, apart) : voice)),
    does: 'compute',
  };
}

const DIFFERENT = { kind: 'rule', text: 'the policies would reuse different spans or forms' } as const;

function agree([first, ...others]: readonly Voice[]): boolean {
  if (first?.says !== 'reuse') return false;
  const { until, form } = first.decision;
  return others.every(
    (other) => other.says === 'reuse' && other.decision.until === until && other.decision.form === form,
  );
}
