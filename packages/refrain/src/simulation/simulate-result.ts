import type { SyntheticOptions } from '@refrain/sim';
import type { FigureName, FigureRow } from './figures.ts';
import type { Failure } from './replay-all.ts';
import type { SimulationRow } from './simulate-all.ts';

/** What `refrain simulate --json` writes. */
export interface SimulateResult {
  /** Version of this format. */
  readonly format: 1;
  readonly preset: string | null;
  /** Of the synthetic DiT, as given on top of the preset; left out: the default. */
  readonly model: SyntheticOptions;
  readonly motions: readonly (string | number)[];
  /** Where predicted seconds are from; null without. */
  readonly costs: string | null;
  readonly rows: readonly SimulationRow[];
  readonly failures: readonly Failure[];
}

/** The figures of a simulation that tables show. */
export function simulationColumns(costs: string | null): readonly FigureName[] {
  return costs === null ? ['reuseRate', 'drift', 'bound'] : ['reuseRate', 'speedup', 'drift', 'bound'];
}

/** A simulated run as tables show it. */
export function figureRowOfRun(row: SimulationRow): FigureRow {
  const { policy, granularity, run, mask, warnings, reuseRate, speedup, drift, bound } = row;
  return {
    policy,
    granularity,
    subject: run,
    mask,
    warnings,
    figures: { reuseRate, speedup, drift, bound },
  };
}
