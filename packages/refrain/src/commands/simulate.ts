import {
  syntheticDit,
  syntheticPresets,
  type CostModel,
  type Motion,
  type SyntheticDit,
  type SyntheticOptions,
  type SyntheticPresetName,
} from '@refrain/sim';
import { commandLine, type CommandContext, type ResultOptions } from '../cli/context.ts';
import { startPace } from '../cli/progress.ts';
import { gatherPolicies } from '../cli/prompts.ts';
import { costsLike } from '../simulation/costs.ts';
import { figureTable, maskTable } from '../simulation/figure-table.ts';
import { simulateAll } from '../simulation/simulate-all.ts';
import { simulateReport } from '../simulation/simulate-report.ts';
import { figureRowOfRun, simulationColumns, type SimulateResult } from '../simulation/simulate-result.ts';
import { printFailures, printWarnings, requireAny } from './outcome.ts';
import { openResults, writeJson, writeReport } from './results.ts';

/** Options of `refrain simulate`, as read: those of the synthetic DiT have its names. */
export interface SimulateCommandOptions extends ResultOptions, Omit<SyntheticOptions, 'motion'> {
  readonly policy?: readonly string[];
  readonly policies?: string;
  readonly preset?: SyntheticPresetName;
  readonly motion?: readonly string[];
  /** A published model; left out: that of the preset. */
  readonly costs?: string;
  readonly report?: string;
}

/** What is simulated when nothing is given: rules of each kind, about as their sources recommend them. */
const simulatedPolicies: readonly string[] = [
  'never',
  'bwcache(threshold=0.15,interval=10%)',
  'bwcache(threshold=0.15,interval=10%,form=paper)',
  'teacache(threshold=0.15)',
  'fbcache(threshold=0.1)',
  'fora(interval=2)',
];

/** Published latencies of presets. Of Open-Sora-Plan the dimensions are not known. */
const costsOfPresets: Readonly<Partial<Record<SyntheticPresetName, string>>> = {
  'open-sora-1.2': 'open-sora-1.2',
  latte: 'latte',
  'wan-2.1': 'wan-2.1-14b',
  'hunyuan-video': 'hunyuan-video',
};

/** A synthetic DiT for each motion, and what its parts would cost. */
interface Models {
  readonly dits: readonly [SyntheticDit, ...SyntheticDit[]];
  readonly motions: readonly Motion[];
  /** Beyond the motion. */
  readonly model: SyntheticOptions;
  readonly costs: CostModel | undefined;
}

/** `refrain simulate`: closed-loop runs of a synthetic DiT under policies. */
export async function simulation(context: CommandContext, options: SimulateCommandOptions): Promise<void> {
  const { report, preset } = options;
  const terminal = await openResults(context, options, [report]);
  const policies = await gatherPolicies(options, simulatedPolicies);
  const { dits, motions, model, costs } = openModels(options);
  const pace = startPace(dits.length * policies.length);
  const outcome = await simulateAll(
    { policies, dits, motions, costs, signal: context.signal },
    (run, policy) => {
      terminal.progress(`${pace.describe()} · ${run} · ${policy}`);
      pace.advance(1);
    },
  );
  terminal.endProgress();
  const rows = outcome.rows.map(figureRowOfRun);
  requireAny(rows, outcome.failures);
  const source = costs?.source ?? null;
  terminal.print(`${figureTable(rows, simulationColumns(source))}\n\n${maskTable(rows)}\n`);
  printWarnings(terminal, rows);
  printFailures(terminal, outcome.failures);
  await writeReport(terminal, report, () =>
    simulateReport({ outcome, preset, model: dits[0].options, costs: source, command: commandLine(context) }),
  );
  const { rows: all, failures } = outcome;
  const result: SimulateResult = {
    format: 1,
    preset: preset ?? null,
    model,
    motions,
    costs: source,
    rows: all,
    failures,
  };
  await writeJson(context, options, result);
}

/** @throws SimError `OPTION_INVALID` */
function openModels(options: SimulateCommandOptions): Models {
  const { preset, motion, policy: _policy, policies: _policies, costs, report: _report, ...rest } = options;
  const { json: _json, quiet: _quiet, ...given } = rest;
  const { motion: usual = 'normal', ...model } = {
    ...(preset && syntheticPresets[preset].options),
    ...given,
  } as SyntheticOptions;
  const motions = motion?.map(readMotion) ?? [usual];
  const [first, ...others] = motions.map((each) => syntheticDit({ ...model, motion: each }));
  if (!first) throw new RangeError('a simulation needs a motion');
  const source = costs ?? (preset && costsOfPresets[preset]);
  const price =
    source === undefined ? undefined : costsLike(source, positionsOf(first), first.branches.length);
  return { dits: [first, ...others], motions, model, costs: price };
}

/** A name or a number; which are valid, the synthetic DiT knows. */
function readMotion(text: string): Motion {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? (text as Motion) : number;
}

function positionsOf({ sites }: SyntheticDit): number {
  return Math.max(...sites.map(({ until }) => until));
}
