import type { HeatMap, Threshold, Timeline } from '@refrain/charts';
import type { Comparison } from '../compare/comparison.ts';

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
  readonly thresholds: readonly Threshold[];
  /** The command line that makes this comparison again. */
  readonly command?: string;
}
