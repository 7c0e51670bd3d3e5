import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, type OptionSpec } from '../options.ts';
import type { Misfit, RunShape } from '../policy.ts';
import { adacacheCodebooks, codebookOption, type Codebook, type CodebookName } from './adacache-codebooks.ts';
import { comparedSpans } from './adacache-metric.ts';
import {
  decideAdaCache,
  EDGE,
  observeAdaCache,
  openAdaCache,
  type AdaCacheRule,
  type AdaCacheState,
} from './adacache-rule.ts';
import type { CachedParts } from './cached-parts.ts';

/** Options of {@link adacache}. */
export interface AdaCacheOptions {
  /** Which interval follows from which change: a published codebook, or pairs of a bound and an interval in steps. */
  readonly codebook: CodebookName | Codebook;
  /** The block whose residual decides, counted from 0 among those with temporal attention (or all). */
  readonly block: number | 'middle';
  /** Whether motion in the residual shortens the intervals. Needs the operation `motion`. */
  readonly motion: 'off' | 'on';
  /** What is remembered: one residual of all blocks, or every module's output before its gate. */
  readonly cache: CachedParts;
}

/**
 * AdaCache (AdaCache-DiT/AdaCache, commit 2c6d3ca; arXiv 2411.02397): the interval between computed steps adapts to the
 * content. At each computed step s the residual of one block is compared with that of the computed step c before it:
 *
 *     d = ‖r_c − r_s‖₁ / ‖r_c‖₁ / interval · motion;   interval ← first of the codebook with d < bound;   next = s + interval
 *
 * The first two and the last two steps are computed. With `motion=on` the change is multiplied by a factor that grows
 * with the motion between frames and with its change, so that moving scenes are computed more often.
 *
 * @example
 * ```ts
 * adacache({ codebook: 'slow' });
 * adacache({ codebook: [[0.1, 4], [0.3, 2], [1, 1]] });
 * ```
 */
export const adacache: PolicyFactory<AdaCacheOptions, AdaCacheState> = definePolicy<
  AdaCacheOptions,
  AdaCacheState
>({
  name: 'adacache',
  about: 'computes at intervals that adapt to how much one block changes (AdaCache)',
  options: {
    codebook: codebookOption('which interval follows from which change', 'fast'),
    block: blockOption('the block that decides'),
    motion: choiceOption('whether motion shortens the intervals', ['off', 'on'], 'off'),
    cache: choiceOption('what is remembered: one residual, or module outputs', ['stack', 'modules'], 'stack'),
  },
  rule(options) {
    const rule = ruleOf(options);
    const longest = Math.max(...rule.codebook.map(([, interval]) => interval));
    return {
      granularity: 'step',
      needs: {
        history: 1,
        ...(rule.cache === 'modules' && { inner: 'any' as const }),
        ...(rule.regularised && { operations: ['motion' as const] }),
      },
      limits: ({ steps }) => ({
        warmUp: Math.min(EDGE, steps),
        tail: Math.min(EDGE, steps),
        maxAge: longest - 1,
      }),
      fit: (run) => misfits(options, run),
      init: (run) => openAdaCache(run, rule),
      next: (state, at) => decideAdaCache(state, at, rule),
      observe: (state, seen) => observeAdaCache(state, seen, rule),
    };
  },
});

function ruleOf({ codebook, cache, block, motion }: AdaCacheOptions): AdaCacheRule {
  const entries = typeof codebook === 'string' ? adacacheCodebooks[codebook].entries : codebook;
  return { codebook: entries, cache, block, regularised: motion === 'on' };
}

function blockOption(about: string): OptionSpec<number | 'middle'> {
  const index = integerOption(about, 0, { min: 0 });
  return {
    about,
    fallback: 'middle',
    expected: `middle, or ${index.expected}`,
    read: (text) => (text === 'middle' ? 'middle' : index.read(text)),
    print: String,
    accepts: (value) => value === 'middle' || index.accepts(value),
  };
}

/** Between half and double the steps of a codebook its intervals still mean about the same. */
const STRETCH = 2;

function misfits({ codebook, block }: AdaCacheOptions, { stream, steps }: RunShape): readonly Misfit[] {
  const found: Misfit[] = [];
  const spans = comparedSpans(stream).length;
  if (block !== 'middle' && block >= spans)
    found.push({
      severity: 'warning',
      code: 'other-model',
      message: `block ${block} decides, but this model has only ${spans}: the last one is taken`,
    });
  if (typeof codebook !== 'string') return found;
  const { steps: made } = adacacheCodebooks[codebook];
  if (steps * STRETCH < made || steps > made * STRETCH)
    found.push({
      severity: 'warning',
      code: 'other-steps',
      message:
        `the intervals of codebook=${codebook} were made for ${made} steps, and this run has ${steps}: ` +
        'give a codebook with intervals that suit it',
    });
  return found;
}
