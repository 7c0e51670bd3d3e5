import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { Reason } from './reason.ts';

/**
 * In what form a feature is cached:
 * - `output`: the stream at the end of a span; reuse replaces the stream;
 * - `residual`: stream at the end minus stream at the start; reuse adds it to the current stream;
 * - `value`: the output of one inner site before its gate; reuse applies it with the current gate.
 */
export type CacheForm = 'output' | 'residual' | 'value';

/**
 * A cache entry: what a span of the stream is remembered by. At the model level the span reaches from {@link SAMPLE} to
 * one position behind the stream: see {@link outputOf}.
 */
export interface Entry {
  readonly from: number;
  readonly until: number;
  readonly form: CacheForm;
  /** Name of a separate history of the same span, where a rule remembers two. Left out: the only one. */
  readonly slot?: string;
}

/** The position before `enter`: the latent that the model is given. Only policies with `needs.model` are asked there. */
export const SAMPLE = -1;

/**
 * The position after `exit`, where the model's output stands: one behind the end of the stream.
 *
 * @param length - of the stream
 */
export function outputOf(length: number): number {
  return length + 1;
}

/** Measure first; the same position is asked about again. */
export interface MeasureDecision {
  readonly do: 'measure';
  readonly what: readonly Indicator[];
  readonly why: Reason;
}

/** Compute the span from the current position to `until`. */
export interface ComputeDecision {
  readonly do: 'compute';
  readonly until: number;
  /** Entries to remember that start inside the span. One that ends behind it is completed when the pass gets there. */
  readonly keep: readonly Entry[];
  /** Indicators to measure on the way; the policy sees them before its next decision. */
  readonly measure: readonly Indicator[];
  /**
   * Entries among `keep`, ending inside the span, whose inner products with their history are wanted: they come back
   * under the name {@link productsOf} gives them. Needs the operation `products`.
   */
  readonly products?: readonly Entry[];
  readonly why: Reason;
}

/** The name under which the inner products of an entry come back. */
export function productsOf({ from, until, form, slot = '' }: Entry): string {
  return `products ${from}–${until} ${form} ${slot}`.trimEnd();
}

/** A cached feature of any branch, as one term of a linear combination. */
export interface BorrowedTerm {
  readonly weight: number;
  /** The branch that kept it; its own name is allowed. */
  readonly branch: string;
  /** The step at which it must have been kept, which may be the current one. */
  readonly step: number;
  /** The history that it is in. */
  readonly slot?: string;
  /**
   * Only its low spatial frequencies: inside a circle of this share of the shorter of the last two dimensions, around
   * frequency zero (FasterCache's mask has 0.2). Needs the operation `lowPass`.
   */
  readonly lowPass?: number;
}

/**
 * Take the span from the current position to `until` from the cache: Σ weights[k] · history[k], newest first, plus the
 * borrowed terms. Plain reuse is `[1]`; every forecast is another choice of weights.
 */
export interface ReuseDecision {
  readonly do: 'reuse';
  readonly until: number;
  readonly form: CacheForm;
  /** May be empty when terms are borrowed. */
  readonly weights: readonly number[];
  /**
   * The steps at which the weighted features were kept, newest first, as the policy computed the weights for them. If
   * the cache holds others, the executor computes. Left out: whatever is there.
   */
  readonly steps?: readonly number[];
  /** The history that is combined. */
  readonly slot?: string;
  /** Terms from other branches or histories. */
  readonly borrowed?: readonly BorrowedTerm[];
  /** For the form `value`: indicators to measure on the way, at the positions of this site. */
  readonly measure?: readonly Indicator[];
  readonly why: Reason;
}

/** What a policy says about the span that starts at the current position. */
export type Decision = MeasureDecision | ComputeDecision | ReuseDecision;

/**
 * Why the executor computed although the policy said reuse: nothing (or not enough) is cached, or under other steps
 * than the weights were meant for; the shape changed; it is older than the policy's own {@link Limits.maxAge}.
 */
export type Refusal = 'nothing-cached' | 'other-history' | 'shape-changed' | 'too-old';

/** What happened. Numbers only, never a tensor. */
export interface Observation {
  readonly step: number;
  readonly call: number;
  readonly branch: string;
  /** Position at which the decision was taken. */
  readonly site: number;
  /** Position at which the pass stands now. */
  readonly until: number;
  /** What was done, which differs from the decision when the executor refused a reuse. */
  readonly did: 'measured' | 'computed' | 'reused';
  /** Measurements by the names of their indicators. */
  readonly measured: Readonly<Record<string, Measurement>>;
  /** Present when the policy said reuse and the executor computed instead. */
  readonly refused?: Refusal;
}
