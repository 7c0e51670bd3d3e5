import { parsePolicy } from '@refrain/core';
import { syntheticPresets, type ResolvedSyntheticOptions, type SyntheticPresetName } from '@refrain/sim';
import { thresholdOf } from '@refrain/charts';
import type { SimulationReport } from '../simulation-report/report-data.ts';
import type { SimulateOutcome } from './simulate-all.ts';
import { figureRowOfRun, simulationColumns } from './simulate-result.ts';

/** What the page of a simulation is made from. */
export interface SimulateReportOptions {
  readonly outcome: SimulateOutcome;
  readonly preset: SyntheticPresetName | undefined;
  readonly model: ResolvedSyntheticOptions;
  readonly costs: string | null;
  readonly command: string;
}

/** The page of `refrain simulate`. */
export function simulateReport(options: SimulateReportOptions): SimulationReport {
  const { outcome, preset, model, costs, command } = options;
  const { steps, blocks, tokens, channels, schedule, shape, guidance, seed } = model;
  const policies = [...new Set(outcome.rows.map(({ policy }) => policy))];
  const follows = preset === undefined ? '' : `Follows ${syntheticPresets[preset].about}. `;
  return {
    kicker: 'closed-loop simulation of caching policies',
    title: `Synthetic DiT${preset === undefined ? '' : ` like ${preset}`}, ${steps} steps`,
    made: new Date().toISOString(),
    facts: [
      ['Blocks', String(blocks)],
      ['Tokens × channels', `${tokens} × ${channels}`],
      ['Schedule', schedule],
      ['Shape of change', shape],
      ['Guidance', String(guidance)],
      ['Seed', String(seed)],
    ],
    source: `${follows}Costs: ${costs ?? 'none, so nothing is said about speed'}`,
    notices: [],
    evidence: 'simulated',
    columns: simulationColumns(costs),
    rows: outcome.rows.map(figureRowOfRun),
    tried: [],
    sensitivities: [],
    subjects: outcome.subjects,
    thresholds: policies.flatMap((id) => thresholdOf(parsePolicy(id))),
    failures: outcome.failures,
    command,
  };
}
