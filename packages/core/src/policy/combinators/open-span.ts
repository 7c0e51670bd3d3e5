import type { Indicator, Measurement } from '../../indicator/indicator.ts';
import type { Decision, Entry, Observation, Refusal } from '../decision.ts';
import type { Position } from '../policy.ts';
import { entryKey, entryOf } from './carried.ts';

/** A value as plain data, which states are made of. */
export type Plain<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Plain<Value[Key]> }
  : Value;

/**
 * A span about which one policy of a combination has decided, and whose end the pass has not reached: others may decide
 * about parts of it.
 */
export type OpenSpan = {
  readonly step: number;
  readonly from: number;
  readonly until: number;
  readonly wanted: 'compute' | 'reuse';
  /** What is still to be measured, and to be kept: an entry counts until the pass has reached its end. */
  readonly keep: readonly Plain<Entry>[];
  readonly products: readonly Plain<Entry>[];
  readonly measure: readonly Plain<Indicator>[];
  /** What has been measured so far, by the policy's own names. */
  readonly measured: Readonly<Record<string, Plain<Measurement>>>;
  /** True while everything so far was reused. */
  readonly reused: boolean;
  readonly refused: Refusal | null;
};

/** A span about which was just decided. A reuse keeps what it would have used in case that it is computed after all. */
export function openSpan(decision: Exclude<Decision, { do: 'measure' }>, { step, site }: Position): OpenSpan {
  const { until } = decision;
  const computes = decision.do === 'compute';
  return {
    step,
    from: site,
    until,
    wanted: decision.do,
    keep: computes ? decision.keep : [entryOf(decision, site)],
    products: computes ? (decision.products ?? NONE) : NONE,
    measure: computes ? decision.measure.map((one) => committed(one, until)) : (decision.measure ?? NONE),
    measured: {},
    reused: true,
    refused: null,
  };
}

const NONE: readonly never[] = [];

/**
 * Strictly inside a span that is computed, what is compared becomes the reference at once. It must do so too where
 * another policy takes a part of the span from the cache.
 */
function committed(indicator: Indicator, until: number): Indicator {
  const { against, tap } = indicator;
  const inside = tap.of === 'conditioning' || (tap.of === 'residual' ? tap.until : tap.at) < until;
  return against === 'computed' && inside ? { ...indicator, against: 'seen' } : indicator;
}

/** True while a span covers a position. */
export function covers({ step, from, until }: OpenSpan, at: Pick<Position, 'step' | 'site'>): boolean {
  return step === at.step && from <= at.site && at.site < until;
}

/** What of a span's wishes is met when `from` … `until` is computed in one go. */
export interface Share {
  readonly keep: readonly Entry[];
  readonly products: readonly Entry[];
  readonly measure: readonly Indicator[];
}

/** The part of a span's wishes that belongs to a piece of it which is computed. */
export function shareOf({ keep, products, measure }: OpenSpan, from: number, until: number): Share {
  const kept = keep.filter((entry) => from <= entry.from && entry.from < until);
  const keys = new Set(kept.map(entryKey));
  return {
    keep: kept,
    products: products.filter((entry) => keys.has(entryKey(entry)) && entry.until <= until),
    measure: measure.filter(({ tap }) => isWithin(tap, from, until)),
  };
}

/** Indicators of a span that can be measured while the value of one site is put in. */
export function measuredBeside({ measure }: OpenSpan, from: number, until: number): readonly Indicator[] {
  return measure.filter(
    ({ tap }) => tap.of !== 'value' && tap.of !== 'residual' && isWithin(tap, from, until),
  );
}

function isWithin(tap: Indicator['tap'], from: number, until: number): boolean {
  if (tap.of === 'conditioning') return true;
  if (tap.of === 'residual') return from <= tap.from && tap.until <= until;
  return from <= tap.at && (tap.of === 'stream' ? tap.at <= until : tap.at < until);
}

/** What happened to a piece of a span. */
export interface Piece {
  readonly measured: Readonly<Record<string, Measurement>>;
  readonly reused: boolean;
  readonly refused: Refusal | null;
}

/** The span after a piece of it, up to a position, was carried out. */
export function advanced(span: OpenSpan, until: number, { measured, reused, refused }: Piece): OpenSpan {
  return {
    ...span,
    keep: span.keep.filter((entry) => entry.until > until),
    products: span.products.filter((entry) => entry.from >= until),
    measure: span.measure.filter(({ name }) => !Object.hasOwn(measured, name)),
    measured: { ...span.measured, ...measured },
    reused: span.reused && reused,
    refused: span.refused ?? refused,
  };
}

/** What a policy is told at the end of its span: one outcome for all of it. */
export function outcomeOf(span: OpenSpan, seen: Observation): Observation {
  const { step, call, branch } = seen;
  const { from, until, wanted, measured, reused, refused } = span;
  return {
    step,
    call,
    branch,
    site: from,
    until,
    did: reused ? 'reused' : 'computed',
    measured,
    ...(wanted === 'reuse' && !reused && { refused: refused ?? 'too-old' }),
  };
}
