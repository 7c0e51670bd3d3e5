import type { Entry, ReuseDecision } from '../decision.ts';
import type { Reason } from '../reason.ts';
import { reuse, wholeStack } from '../span.ts';

/**
 * What a step is remembered by: the output of every module before its gate, so that the current gates still apply, or
 * one residual of all blocks, for runners without inner sites.
 */
export type CachedParts = 'modules' | 'stack';

/** The entries that remember a computed step from a position on. */
export function partsFrom(cache: CachedParts, from: number, length: number): readonly Entry[] {
  if (cache === 'stack') return wholeStack(length, 'residual');
  return Array.from({ length: length - from }, (_, index) => ({
    from: from + index,
    until: from + index + 1,
    form: 'value' as const,
  }));
}

/** A decision to reuse what stands at a position: one module, or the whole stack. */
export function reusePart(cache: CachedParts, site: number, length: number, why: Reason): ReuseDecision {
  return cache === 'modules' ? reuse(site + 1, 'value', why) : reuse(length, 'residual', why);
}
