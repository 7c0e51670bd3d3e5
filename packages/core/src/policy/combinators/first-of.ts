import { combination, type CombinedState } from './combination.ts';
import { definePlainCombinator, type PlainCombinatorFactory } from './define.ts';
import { ensemble } from './ensemble.ts';
import { MOST_POLICIES } from './names.ts';
import { zonesOf } from './reach.ts';
import type { Position } from '../policy.ts';
import { declined, type Choice, type EnsembleMemory, type Voice } from './voices.ts';

/**
 * Asks policies in turn: where the first would compute, the next may still reuse inside that span, and so on. The
 * coarser goes first: a step that BWCache computes is refined by Pyramid Attention Broadcast.
 *
 * Each observes the pass as if it were alone. To the outer policy a span is computed although inner ones took parts of
 * it from the cache; what it keeps contains these parts. So content may be as old as all ages together, which
 * {@link limit} can bound. An inner reuse must lie inside the outer span, and not where the outer policy measures a
 * residual: there it is computed.
 *
 * @example
 * ```ts
 * firstOf(bwcache({ threshold: 0.15 }), pab());
 * ```
 */
export const firstOf: PlainCombinatorFactory<CombinedState<EnsembleMemory>> = definePlainCombinator<
  CombinedState<EnsembleMemory>
>({
  name: 'firstOf',
  about: 'where the first policy computes, the next may reuse inside that span, and so on',
  combines: { min: 2, max: MOST_POLICIES },
  rule: (_, policies) =>
    combination(
      policies,
      ensemble(policies, { limits: { windows: 'smallest', age: 'sum' }, choose: chooseFirst }),
    ),
});

/** Hears policies in turn until one reuses. */
export function chooseFirst(count: number, hearOne: (index: number) => Voice, at: Position): Choice {
  const voices: Voice[] = [];
  for (let index = 0; index < count; index++) {
    const zone = voices
      .flatMap((voice) => ('span' in voice ? zonesOf(voice.span, at.site) : []))
      .find(({ from }) => from === at.site);
    const heard: Voice = zone ? { says: 'nothing', end: zone.until } : hearOne(index);
    const voice = heard.says === 'reuse' && !fits(heard.end, voices, at) ? declined(heard, OUTSIDE) : heard;
    voices.push(voice);
    if (voice.says === 'measure') return { voices, does: 'measure' };
    if (voice.says === 'reuse') return { voices, does: 'reuse', by: index };
  }
  return { voices, does: 'compute' };
}

const OUTSIDE = { kind: 'rule', text: 'the reuse does not fit into what an outer policy computes' } as const;

function fits(end: number, outer: readonly Voice[], { site }: Position): boolean {
  return outer.every((voice) => {
    if ('end' in voice && end > voice.end) return false;
    return !('span' in voice) || zonesOf(voice.span, site).every(({ from }) => from >= end);
  });
}
