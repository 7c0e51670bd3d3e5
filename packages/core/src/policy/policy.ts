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
  /** The sites of the runner. */
  readonly stream: Stream;
}

/** Where a decision is asked for. */
export interface Position {
  readonly step: number;
  readonly call: number;
  readonly branch: string;
  /** The sampler's timestep of this step. */
  readonly timestep: number;
  /** Position along the stream, 0 … length − 1. */
  readonly site: number;
}

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
  /** The line that a chart of mean relative L1 over the blocks can show: reuse begins below it. */
  readonly criterion?: { readonly mean: 'modulated' | 'output'; readonly threshold: number };
  /** What the policy promises for a run of this shape. */
  limits(run: RunShape): Limits;
  /** The state before the first step. */
  init(run: RunShape): State;
  /** What to do with the span that starts at `at.site`. */
  next(state: State, at: Position): Decision;
  /** The state after something was measured, computed or reused. */
  observe(state: State, seen: Observation): State;
}
