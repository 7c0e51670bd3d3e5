import type { HeatMap, Timeline } from '@refrain/charts';
import type { ReportData } from '../report/report-data.ts';
import type { FigureName, FigureRow } from '../simulation/figures.ts';

/** A parameter set in the plane of speed-up and drift. */
export interface PlanePoint {
  readonly policy: string;
  readonly speedup: number;
  readonly drift: number;
}

/** What one value (or range of values) of a parameter came to, over all sets that had it. */
export interface ParameterLevel {
  /** `0.15`, or `0.1 to 0.2`. */
  readonly label: string;
  /** How many sets. */
  readonly count: number;
  /** Lower quartile, median and upper quartile of the speed-up. */
  readonly speedup: readonly [number, number, number];
  /** The same of the drift. */
  readonly drift: readonly [number, number, number];
}

/** What one parameter of a policy does. */
export interface ParameterEffect {
  readonly parameter: string;
  readonly levels: readonly ParameterLevel[];
  /** Rank correlation with the speed-up, −1 … 1; null for parameters without an order. */
  readonly onSpeedup: number | null;
  /** The same with the drift. */
  readonly onDrift: number | null;
}

/** What the parameters of one policy do. */
export interface PolicySensitivity {
  /** Name of the policy, without options. */
  readonly policy: string;
  /** How many parameter sets were tried. */
  readonly sets: number;
  readonly effects: readonly ParameterEffect[];
}

/** Everything that belongs to one recording or run. */
export interface SubjectReport {
  readonly name: string;
  /** What kind of run it is, in a few words. */
  readonly about: string;
  readonly steps: number;
  readonly heat: HeatMap;
  readonly timelines: readonly Timeline[];
}

/** What a page about simulated policies is made from. Plain data. */
export interface SimulationReport {
  /** What was done, above the title: `replay of caching policies`. */
  readonly kicker: string;
  readonly title: string;
  /** When it was made, ISO 8601. */
  readonly made: string;
  readonly facts: readonly (readonly [string, string])[];
  /** Where the costs are from, and the like; a line. */
  readonly source: string;
  /** What a reader has to know first. */
  readonly notices: readonly { readonly title: string; readonly text: string }[];
  /** Whether figures were predicted by replay, measured on a simulated run, or predicted and then measured on the model. */
  readonly evidence: 'predicted' | 'simulated' | 'confirmed';
  /** What a tuning was to find, and found. */
  readonly tuning?: {
    /** In words: `a speed-up of 2×`. */
    readonly target: string;
    /** How many of the sets that were tried are predicted to reach it. */
    readonly reaching: number;
    readonly policy: string;
    /** Whether it was reached on the model; left out where that was not tried. */
    readonly confirmed?: boolean;
  };
  readonly columns: readonly FigureName[];
  readonly rows: readonly FigureRow[];
  /** Parameter sets beyond those of the rows, for the plot. */
  readonly tried: readonly PlanePoint[];
  /** Policies on the Pareto front, from the slowest to the fastest; left out, they are found among the rows. */
  readonly front?: readonly PlanePoint[];
  readonly sensitivities: readonly PolicySensitivity[];
  readonly subjects: readonly SubjectReport[];
  readonly thresholds: ReportData['thresholds'];
  /** Policies that could not be used, and why. */
  readonly failures: readonly { readonly policy: string; readonly message: string }[];
  /** The command line that makes this page again. */
  readonly command?: string;
}
