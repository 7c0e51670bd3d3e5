import type { Comparison } from '../compare/comparison.ts';

/** How much every block changed at every step of the plain run of a prompt: relative L1 of block outputs. */
export interface HeatMap {
  /** Names of the blocks, first to last. */
  readonly blocks: readonly string[];
  /** `values[block][step]`, mean over the branches; null at step 0, where there is nothing to compare with. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Mean over the blocks of what BWCache's released form looks at (modulated inputs), by step. */
  readonly modulatedMean: readonly (number | null)[];
}

/** A site of the model as a row of the timeline. */
export interface TimelineSite {
  readonly name: string;
  /** `block`, or the kind of an inner site: `spatial-attention`, `cross-attention`, `mlp`, … */
  readonly kind: string;
}

/** What one policy did at each site and step, for one branch. */
export interface Timeline {
  readonly policy: string;
  readonly branch: string;
  readonly sites: readonly TimelineSite[];
  /** `cells[site]` has one character a step: `1` computed, `0` taken from the cache, `-` not run. */
  readonly cells: readonly string[];
  /** For each step, in words, why the policy decided so (`mean relative L1 0.021 < 0.03`); the tooltip. */
  readonly reasons: readonly string[];
}

/** A video as a picture that a page can show. */
export interface ReportVideo {
  /** Policy id, or `plain` for the model without Refrain. */
  readonly policy: string;
  /** Animated picture as a data URI. */
  readonly source: string;
  /** All frames side by side as a still picture, for readers who asked for no motion; a data URI. */
  readonly still: string;
  readonly width: number;
  readonly height: number;
}

/** Everything that belongs to one prompt. */
export interface PromptReport {
  readonly prompt: string;
  readonly videos: readonly ReportVideo[];
  readonly heat: HeatMap;
  readonly timelines: readonly Timeline[];
}

/** What the report page is made from. Plain data. */
export interface ReportData {
  /** When it was made, ISO 8601. */
  readonly made: string;
  readonly comparison: Comparison;
  readonly prompts: readonly PromptReport[];
  /** Thresholds to draw into the curve of relative L1: one for each policy that has one on that indicator. */
  readonly thresholds: readonly {
    readonly policy: string;
    readonly value: number;
    readonly on: 'output' | 'modulated';
  }[];
  /** The command line that makes this comparison again. */
  readonly command?: string;
}
