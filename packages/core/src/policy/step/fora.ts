import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption } from '../options.ts';
import type { RunShape } from '../policy.ts';
import { compute } from '../span.ts';
import { partsFrom, reusePart, type CachedParts } from './cached-parts.ts';

/** Options of {@link fora}. */
export interface ForaOptions {
  /** N: every N-th step is computed. 1 computes all. */
  readonly interval: number;
  /**
   * What is remembered: `modules` (the source) keeps the output of every attention and MLP before its gate, so that the
   * current gates still apply; `stack` keeps one residual of all blocks, for runners without inner sites.
   */
  readonly cache: CachedParts;
}

/** What FORA remembers: where the stream ends and how many steps there are. */
export type ForaState = { readonly length: number; readonly steps: number };

/**
 * FORA (prathebaselva/FORA, commit acde628): a static interval. A step is computed if it is the first, or if its index
 * counted *down* to 0 is a multiple of N, so the last step is always computed; all others reuse.
 *
 *     compute(s)  ⇔  s = 0  or  (T − 1 − s) mod N = 0
 *
 * @example
 * ```ts
 * fora({ interval: 3 }); // 10 steps: 1001001001
 * ```
 */
export const fora: PolicyFactory<ForaOptions, ForaState> = definePolicy<ForaOptions, ForaState>({
  name: 'fora',
  about: 'computes every N-th step (FORA)',
  options: {
    interval: integerOption('compute every N-th step', 3, { min: 1, quoted: true }),
    cache: choiceOption(
      'what is remembered: module outputs, or one residual',
      ['modules', 'stack'],
      'modules',
    ),
  },
  rule: ({ interval, cache }) => {
    const computes = (step: number, steps: number): boolean =>
      step === 0 || (steps - 1 - step) % interval === 0;
    return {
      granularity: 'step',
      needs: { history: 1, ...(cache === 'modules' ? { inner: 'any' as const } : {}) },
      limits: () => ({ warmUp: 1, tail: 1, maxAge: interval - 1 }),
      init: (run: RunShape) => ({ length: run.stream.length, steps: run.steps }),
      next: ({ length, steps }, { step, site }) => {
        const why = { kind: 'schedule' } as const;
        if (!computes(step, steps)) return reusePart(cache, site, length, why);
        const needed = step + 1 < steps && !computes(step + 1, steps);
        return compute(length, why, needed ? partsFrom(cache, site, length) : []);
      },
      observe: (state) => state,
    };
  },
});
