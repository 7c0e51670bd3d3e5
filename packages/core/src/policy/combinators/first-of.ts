import { combination, type CombinedState } from './combination.ts';
import { definePlainCombinator, type PlainCombinatorFactory } from './define.ts';
import { ensemble, type EnsembleRule } from './ensemble.ts';
import { mergedLimits } from './merge.ts';
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
 * {@link limit} can bound. Three things are computed although an inner policy would reuse them: what reaches beyond the
 * outer span, where the outer policy measures a difference, and where an entry begins that it keeps or, inside the reuse,
 * ends: the pass would never stand there.
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
      ensemble(policies, {
        limits: mergedLimits(policies, { windows: 'smallest', age: 'sum' }),
        refines: true,
        choose: (count, hearOne, at) => chooseFirst(count, hearOne, at, true),
      }),
    ),
});

/**
 * Hears policies in turn until one reuses.
 *
 * @param keeps - true if what outer policies keep must begin with something computed, and come to its end
 */
function chooseFirst(count: number, hearOne: (index: number) => Voice, at: Position, keeps: boolean): Choice {
  const voices: Voice[] = [];
  for (let index = 0; index < count; index++) {
    const zone = voices
      .flatMap((voice) => ('span' in voice ? zonesOf(voice.span, at.site) : []))
      .find(({ from }) => from === at.site);
    const heard: Voice = zone ? { says: 'nothing', end: zone.until } : hearOne(index);
    const voice =
      heard.says === 'reuse' && !fits(heard.end, voices, at, keeps) ? declined(heard, OUTSIDE) : heard;
    voices.push(voice);
    if (voice.says === 'measure') return { voices, does: 'measure' };
    if (voice.says === 'reuse') return { voices, does: 'reuse', by: index };
  }
  return { voices, does: 'compute' };
}

const OUTSIDE = { kind: 'rule', text: 'the reuse does not fit into what an outer policy computes' } as const;

/** True if a reuse lies inside all outer spans, and covers no place where one of them keeps or measures something that must be computed. */
function fits(end: number, outer: readonly Voice[], { site }: Position, keeps: boolean): boolean {
  return outer.every((voice) => {
    if ('end' in voice && end > voice.end) return false;
    if (!('span' in voice)) return true;
    const begins = ({ from }: { readonly from: number }): boolean => from >= site && from < end;
    const ends = ({ until }: { readonly until: number }): boolean => until > site && until < end;
    const { keep } = voice.span;
    return !zonesOf(voice.span, site).some(begins) && !(keeps && (keep.some(begins) || keep.some(ends)));
  });
}

/** The rule by which later policies reuse even what earlier ones would keep anew. */
export const overruling: Omit<EnsembleRule, 'limits'> = {
  choose: (count, hearOne, at) => chooseFirst(count, hearOne, at, false),
};
