import type { Reading } from '../../indicator/ratio.ts';
import type { Decision, Observation } from '../decision.ts';
import type { Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { compute } from '../span.ts';
import type { Codebook } from './adacache-codebooks.ts';
import {
  changePerStep,
  countsMotion,
  decisiveIndicators,
  decisiveSpan,
  isMeasured,
  motionFactor,
  motionOf,
  type ComparedSpan,
} from './adacache-metric.ts';
import { partsFrom, reusePart, type CachedParts } from './cached-parts.ts';

/** AdaCache's rule with everything filled in. */
export interface AdaCacheRule {
  readonly codebook: Codebook;
  readonly cache: CachedParts;
  readonly block: number | 'middle';
  /** Whether motion counts. */
  readonly regularised: boolean;
}

/** What AdaCache remembers. */
export type AdaCacheState = {
  readonly length: number;
  readonly steps: number;
  /** Where the decisive residual stands. */
  readonly span: ComparedSpan;
  /** The last computed step. */
  readonly computed: number | null;
  /** How many steps after a computed step the next one is computed. */
  readonly interval: number;
  /** The motion when it was last measured. */
  readonly motion: number;
  /** Why the interval is what it is. */
  readonly why: Reason;
};

/** So many steps are computed at either end. */
export const EDGE = 2;

/** The state before the first step. */
export function openAdaCache({ stream, steps }: RunShape, { block }: AdaCacheRule): AdaCacheState {
  const span = decisiveSpan(stream, block);
  return {
    length: stream.length,
    steps,
    span,
    computed: null,
    interval: 1,
    motion: 1,
    why: { kind: 'first' },
  };
}

/** Computes when the interval is over, and reuses until then. */
export function decideAdaCache(
  state: AdaCacheState,
  { step, site }: Position,
  { cache, regularised }: AdaCacheRule,
): Decision {
  const { length, steps, span } = state;
  const tailFrom = steps - EDGE;
  const why = whyComputed(state, step, tailFrom);
  if (!why) return reusePart(cache, site, length, state.why);
  // Nothing can be reused after this step, so nothing is kept or measured.
  if (step + 1 >= tailFrom) return compute(length, why);
  const keep = step + 1 < EDGE ? [] : partsFrom(cache, site, length);
  const measure = site <= span.from ? decisiveIndicators(span, regularised && countsMotion(step, steps)) : [];
  return compute(length, why, keep, measure);
}

function whyComputed(
  { computed, interval, why }: AdaCacheState,
  step: number,
  tailFrom: number,
): Reason | undefined {
  if (computed === null) return { kind: 'first' };
  if (step < EDGE) return { kind: 'warm-up', until: EDGE };
  if (step >= tailFrom) return { kind: 'tail', from: tailFrom };
  if (step < computed + interval) return undefined;
  return interval === 1 ? why : { kind: 'age-limit', age: interval - 1, limit: interval - 1 };
}

/** The interval that follows from a computed step. */
export function observeAdaCache(
  state: AdaCacheState,
  { did, step, measured, refused }: Observation,
  rule: AdaCacheRule,
): AdaCacheState {
  // A refused reuse may have been one module of many: the interval goes on from the step that was computed as a whole.
  if (did !== 'computed' || refused) return state;
  const after = { ...state, computed: step };
  if (!isMeasured(measured)) return after;
  const { interval, motion: before } = state;
  const counted = rule.regularised && countsMotion(step, state.steps);
  const motion: Reading = counted ? motionOf(measured) : { usable: true, value: 1 };
  const change = changePerStep(measured, interval);
  if (!change.usable) return { ...after, ...unknown(change.because) };
  if (!motion.usable) return { ...after, ...unknown(motion.because) };
  const factor = rule.regularised ? motionFactor(motion.value, before, interval) : 1;
  const value = Math.fround(change.value * factor);
  if (!Number.isFinite(value)) return { ...after, ...unknown('not-finite') };
  return { ...after, motion: motion.value, ...intervalFor(value, rule.codebook) };
}

type Interval = Pick<AdaCacheState, 'interval' | 'why'>;

/** Where a number is missing, the next step is computed. */
function unknown(because: (Reason & { readonly kind: 'no-indicator' })['because']): Interval {
  return { interval: 1, why: { kind: 'no-indicator', because } };
}

/** The first interval whose bound is above the change, else the last one. Bounds are float32, as on the source's tensors. */
function intervalFor(value: number, codebook: Codebook): Interval {
  const found = codebook.find(([bound]) => value < Math.fround(bound));
  const [threshold, interval] = found ?? codebook.at(-1) ?? [0, 1];
  if (interval > 1 && found) return { interval, why: { kind: 'below-threshold', value, threshold } };
  if (interval > 1)
    return { interval, why: { kind: 'rule', text: `above all bounds: interval ${interval}` } };
  const highest = codebook.findLast((entry) => entry[1] > 1)?.[0] ?? 0;
  return { interval, why: { kind: 'above-threshold', value, threshold: highest } };
}
