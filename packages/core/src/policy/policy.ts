import type { Json } from '../json.ts';
import type { ModuleKind, Stream } from '../pass/site.ts';
import type { Decision, Observation } from './decision.ts';

/** At which level a policy acts. */
export type Granularity = 'step' | 'block' | 'attention' | 'guidance';

/** The shape of one generation, as one branch sees it. Plain data. */
export interface RunShape {
  /** Number of denoising steps, T. */
  readonly steps: number;
  /** The sampler's timestep or sigma at each step, in the sampler's own unit. */
  readonly timesteps: readonly number[];
  /** All guidance branches of the run. */
  readonly branches: readonly string[];
  /** The branch that this state belongs to. */
  readonly branch: string;
  /** The call within a step that this state belongs to. */
  readonly call: number;
  /** How often the sampler calls the model in a step: 2 for second-order samplers such as Heun's. */
  readonly callsPerStep: number;
  /** The sites of the runner. */
  readonly stream: Stream;
  /** The architecture of the model as the runner names it, for example `flux`; undefined when it does not say. */
  readonly architecture?: string;
}

/** Where a decision is asked for. */
export interface Position {
  readonly step: number;
  readonly call: number;
  readonly branch: string;
  /** The sampler's timestep of this step. */
  readonly timestep: number;
  /**
   * Position along the stream, 0 … length − 1. A policy with `needs.model` is also asked at −1, before the model is
   * entered, and (if it computes from there) at `length`, before its output is made.
   */
  readonly site: number;
}

/** Operations on features that only some runners offer. */
export const specialOperations = ['lowPass', 'motion', 'products', 'tokenNorms'] as const;

/** One of {@link specialOperations}. */
export type SpecialOperation = (typeof specialOperations)[number];

/** What a policy asks of a runner. `refrain` refuses a runner that lacks it, before the first step. */
export interface Needs {
  /** It acts on inner sites: of these kinds, or of any. Left out: blocks are enough. */
  readonly inner?: readonly ModuleKind[] | 'any';
  /** It measures modulated inputs: of the first block, or of all. */
  readonly modulated?: 'first' | 'all';
  /** Conditioning tensors that it measures. */
  readonly conditioning?: readonly string[];
  /** How many past features of an entry it combines. */
  readonly history: number;
  /** It acts on the whole model: on the sample that goes in and the output that comes out. */
  readonly model?: true;
  /** Branches that must take part in the run, because it derives one from another. */
  readonly branches?: 'two';
  /** Operations on features beyond the usual. */
  readonly operations?: readonly SpecialOperation[];
}

/** A constant of a policy that does not fit the run. */
export interface Misfit {
  /** `error` refuses the run before its first step, `warning` goes into the report. */
  readonly severity: 'error' | 'warning';
  readonly code:
    'other-model' | 'other-steps' | 'other-sampler' | 'few-steps' | 'nothing-to-reuse' | 'uncalibrated';
  /** What was expected, what the run has, and what to do. */
  readonly message: string;
}

/** What a policy promises about a run; the laws test it. */
export interface Limits {
  /** Steps 0 … warmUp − 1 are computed. */
  readonly warmUp: number;
  /** The last `tail` steps are computed. */
  readonly tail: number;
  /**
   * No entry is used more than this many steps after the one that made it; the executor sees to that, since a sampler
   * may leave out the step at which a policy would have computed. Undefined: as long as the run lasts.
   */
  readonly maxAge?: number;
}

/**
 * A caching policy: data and pure functions. No class, no clock, no randomness, no tensors; the same state and the
 * same observation always give the same answer, and the state survives JSON. The executor keeps one state for each
 * branch (and call) of a run, so branches cannot disturb each other.
 *
 * @typeParam State - plain data
 */
export interface Policy<State extends Json = Json> {
  /** Name and options as text, for example `bwcache(threshold=0.15,interval=10%)`. {@link parsePolicy} reads it back. */
  readonly id: string;
  readonly granularity: Granularity;
  readonly needs: Needs;
  /**
   * True: the branches of a run share one state, because the rule lets one branch decide for the others. The branches
   * must then be passed through in the same order in every step. Left out: each branch has its own.
   */
  readonly shared?: true;
  /** The line that a chart of mean relative L1 over the blocks can show: reuse begins below it. */
  readonly criterion?: { readonly mean: 'modulated' | 'output'; readonly threshold: number };
  /** What the policy promises for a run of this shape. */
  limits(run: RunShape): Limits;
  /** Constants that do not fit this run. What holds for all policies (windows, few steps) the executor checks itself. */
  fit?(run: RunShape): readonly Misfit[];
  /** The same rule with another threshold, for policies that have one; states are interchangeable. */
  withThreshold?(threshold: number): Policy<State>;
  /** The threshold, where the policy has one. */
  readonly threshold?: number;
  /** The state before the first step. */
  init(run: RunShape): State;
  /** What to do with the span that starts at `at.site`. */
  next(state: State, at: Position): Decision;
  /** The state after something was measured, computed or reused. */
  observe(state: State, seen: Observation): State;
}
