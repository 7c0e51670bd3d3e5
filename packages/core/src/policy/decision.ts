import type { Indicator, Measurement } from '../indicator/indicator.ts';
import type { Reason } from './reason.ts';

/**
 * In what form a feature is cached:
 * - `output`: the stream at the end of a span; reuse replaces the stream;
 * - `residual`: stream at the end minus stream at the start; reuse adds it to the current stream;
 * - `value`: the output of one inner site before its gate; reuse applies it with the current gate.
 */
export type CacheForm = 'output' | 'residual' | 'value';

/** A cache entry: what a span of the stream is remembered by. */
export interface Entry {
  readonly from: number;
  readonly until: number;
  readonly form: CacheForm;
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
  /** Entries inside the span to remember. */
  readonly keep: readonly Entry[];
  /** Indicators to measure on the way; the policy sees them before its next decision. */
  readonly measure: readonly Indicator[];
  readonly why: Reason;
}

/**
 * Take the span from the current position to `until` from the cache: Σ weights[k] · history[k], newest first. Plain
 * reuse is `[1]`; every forecast is another choice of weights.
 */
export interface ReuseDecision {
  readonly do: 'reuse';
  readonly until: number;
  readonly form: CacheForm;
  readonly weights: readonly number[];
  readonly why: Reason;
}

/** What a policy says about the span that starts at the current position. */
export type Decision = MeasureDecision | ComputeDecision | ReuseDecision;

/** Why the executor computed although the policy said reuse. `too-old` is beyond the policy's own {@link Limits.maxAge}. */
export type Refusal = 'nothing-cached' | 'shape-changed' | 'too-old';

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
