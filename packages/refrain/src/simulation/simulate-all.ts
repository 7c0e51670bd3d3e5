import {
  parsePolicy,
  RefrainError,
  streamOf,
  type Granularity,
  type Policy,
  type Warning,
} from '@refrain/core';
import {
  driftBound,
  simulate,
  simulateBare,
  type CostModel,
  type Motion,
  type Simulation,
  type SyntheticDit,
  type SyntheticRun,
} from '@refrain/sim';
import { heatMapOf, timelinesOf } from '@refrain/charts';
import type { SubjectReport } from '../simulation-report/report-data.ts';
import { priceRun, scripted, type Script } from './price-run.ts';
import type { Failure } from './replay-all.ts';

/** One policy on one synthetic DiT: a row of `refrain simulate --json`. */
export interface SimulationRow {
  readonly policy: string;
  readonly granularity: Granularity;
  /** Which of the synthetic models: `normal motion`. */
  readonly run: string;
  /** For each guidance branch one character a step: `1` computed, `0` reused, `p` in part. */
  readonly mask: Readonly<Record<string, string>>;
  readonly reuseRate: number;
  /** ‖cached − plain‖₂ of the finished samples by the norm of the plain one. */
  readonly drift: number;
  readonly driftL2: number;
  /** The largest difference of two elements. */
  readonly maxDifference: number;
  /** What {@link drift} cannot exceed; null where nothing is known. */
  readonly bound: number | null;
  readonly boundL2: number | null;
  /** Predicted from the costs; null without. */
  readonly seconds: number | null;
  readonly plainSeconds: number | null;
  readonly speedup: number | null;
  readonly warnings: readonly Warning[];
}

/** What is simulated. */
export interface SimulateAllOptions {
  readonly policies: readonly string[];
  /** Models that differ in their motion. */
  readonly dits: readonly SyntheticDit[];
  readonly motions: readonly Motion[];
  /** What the parts of each would cost on a real device. */
  readonly costs: CostModel | undefined;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface SimulateOutcome {
  readonly rows: readonly SimulationRow[];
  readonly failures: readonly Failure[];
  readonly subjects: readonly SubjectReport[];
}

/** A synthetic DiT with its plain run. */
interface Subject {
  readonly name: string;
  readonly dit: SyntheticDit;
  readonly plain: SyntheticRun;
  readonly costs: CostModel | undefined;
}

/**
 * Runs synthetic DiTs closed loop under every policy. A policy that does not go with the model stops no other.
 *
 * @param onRun - told before each run
 * @throws the signal's reason
 */
export async function simulateAll(
  options: SimulateAllOptions,
  onRun: (run: string, policy: string) => void,
): Promise<SimulateOutcome> {
  const rows: SimulationRow[] = [];
  const failures: Failure[] = [];
  const subjects: SubjectReport[] = [];
  for (const [index, dit] of options.dits.entries()) {
    const name = `${options.motions[index] ?? 'normal'} motion`;
    const subject = { name, dit, plain: simulateBare(dit), costs: options.costs };
    const timelines: SubjectReport['timelines'][] = [];
    for (const id of options.policies) {
      onRun(subject.name, id);
      // A run of a synthetic model never waits: let a Ctrl-C through.
      await new Promise((resolve) => setImmediate(resolve));
      options.signal.throwIfAborted();
      try {
        const { row, timeline } = await simulateOne(parsePolicy(id), subject);
        rows.push(row);
        timelines.push(timeline);
      } catch (error) {
        if (!(error instanceof RefrainError)) throw error;
        failures.push({ policy: id, on: subject.name, code: error.code, message: error.message });
      }
    }
    subjects.push(await describe(subject, timelines.flat()));
  }
  return { rows, failures, subjects };
}

async function simulateOne(
  policy: Policy,
  { name, dit, plain, costs }: Subject,
): Promise<{ row: SimulationRow; timeline: SubjectReport['timelines'] }> {
  const script: Script = new Map();
  const run = await simulate(dit, scripted(policy, script), { plain });
  const price = costs && priceRun(dit, policy, script, costs);
  const row = rowOf(policy, name, run, boundOf(dit, run));
  return {
    row: { ...row, ...(price ?? { seconds: null, plainSeconds: null, speedup: null }) },
    timeline: timelinesOf(run.report, streamOf(dit.sites, dit.conditioning)),
  };
}

function rowOf(
  { id, granularity }: Policy,
  run: string,
  { report, drift }: Simulation,
  bound: Pick<SimulationRow, 'bound' | 'boundL2'>,
): Omit<SimulationRow, 'seconds' | 'plainSeconds' | 'speedup'> {
  const { mask, reuseRate, warnings } = report;
  const { relative, l2, max } = drift;
  return {
    policy: id,
    granularity,
    run,
    mask,
    reuseRate,
    drift: relative,
    driftL2: l2,
    maxDifference: max,
    ...bound,
    warnings,
  };
}

function boundOf(dit: SyntheticDit, run: Simulation): Pick<SimulationRow, 'bound' | 'boundL2'> {
  const { final, relative } = driftBound(dit, run);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return { bound: finite(relative), boundL2: finite(final) };
}

/** The plain run, watched. */
async function describe(
  { name, dit, plain }: Subject,
  timelines: SubjectReport['timelines'],
): Promise<SubjectReport> {
  const { report } = await simulate(dit, parsePolicy('watch(tap=both)'), { plain });
  const blocks = streamOf(dit.sites, dit.conditioning).blocks.map((block) => block.name);
  return { name, about: 'Synthetic DiT', steps: report.steps, heat: heatMapOf(report, blocks), timelines };
}
