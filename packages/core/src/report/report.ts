import type { Measurement } from '../indicator/indicator.ts';
import type { BorrowedTerm, CacheForm, Entry, Refusal } from '../policy/decision.ts';
import type { Granularity, Misfit } from '../policy/policy.ts';
import type { Reason } from '../policy/reason.ts';

/** One decision and what came of it. Plain data. */
export interface DecisionRecord {
  readonly step: number;
  readonly call: number;
  readonly branch: string;
  /** Where the span starts. */
  readonly site: number;
  /** Where it ends; equal to `site` for a measurement. */
  readonly until: number;
  /** What was done. Differs from what was decided only when `refused` is there. */
  readonly did: 'measured' | 'computed' | 'reused';
  /** For reuse: the form of the entry, and its weights, newest first. */
  readonly form?: CacheForm;
  readonly weights?: readonly number[];
  /** For reuse: the history, the steps that the weights were made for, and the terms of other histories, where given. */
  readonly slot?: string;
  readonly steps?: readonly number[];
  readonly borrowed?: readonly BorrowedTerm[];
  /** For computing: the entries that were to be remembered. */
  readonly keep?: readonly Entry[];
  /** Why the policy decided so. */
  readonly why: Reason;
  /** What was measured, by the names of the indicators. */
  readonly measured?: Readonly<Record<string, Measurement>>;
  /** Why the executor computed although the policy said reuse. */
  readonly refused?: Refusal;
}

/** Something that a user should know, with how often it happened. */
export interface Warning {
  readonly code:
    | 'never-reused'
    | 'non-finite-indicator'
    | 'zero-reference'
    | 'non-finite-feature'
    | 'non-finite-forecast'
    | Misfit['code']
    | 'over-budget'
    | 'reuse-refused'
    | 'shape-changed'
    | 'unknown-branch'
    | 'incomplete';
  readonly message: string;
  readonly count: number;
}

/** Where the time of a run went, in seconds. They add up to `total`. */
export interface RunSeconds {
  /** All passes from their first to their last line. */
  readonly total: number;
  /** Entering and leaving the model: always run. */
  readonly frame: number;
  /** Spans that were computed, including cached values applied inside them. */
  readonly compute: number;
  /** Cached features put into the stream. */
  readonly reuse: number;
  /** Features made ready for the cache: residuals, finite checks. */
  readonly keep: number;
  /** Indicators: looking, sketching, summing. */
  readonly indicator: number;
  /** What is left: the executor and the policy. */
  readonly overhead: number;
}

/** What a run did, cost and held. Plain data: survives JSON. */
export interface RunReport {
  readonly policy: string;
  readonly granularity: Granularity;
  readonly runner: string;
  readonly status: 'running' | 'finished' | 'aborted' | 'failed' | 'ended';
  readonly steps: number;
  readonly timesteps: readonly number[];
  readonly branches: readonly string[];
  /** Number of finished passes. */
  readonly passes: number;
  /**
   * For each lane (a branch, or `branch.1` for the second call of a step) one character a step: `1` everything was
   * computed, `0` everything was taken from the cache, `p` part of both, `-` the step was not run.
   */
  readonly mask: Readonly<Record<string, string>>;
  /** Sites taken from the cache as a share of all sites passed, 0 … 1. */
  readonly reuseRate: number;
  readonly seconds: RunSeconds;
  /** Bytes held by cache and references: now, at most, and the budget (null for none). */
  readonly bytes: { readonly held: number; readonly peak: number; readonly budget: number | null };
  readonly decisions: readonly DecisionRecord[];
  readonly warnings: readonly Warning[];
}
