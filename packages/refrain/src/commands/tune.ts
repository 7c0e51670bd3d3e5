import {
  evaluator,
  tune,
  type DriftJudgement,
  type PolicyOutcome,
  type Tuned,
  type TuneTarget,
} from '@refrain/sim';
import { commandLine, type CommandContext, type ResultOptions } from '../cli/context.ts';
import type { Terminal } from '../cli/terminal.ts';
import { CommandError } from '../errors.ts';
import { costsFor } from '../simulation/costs.ts';
import { openDesign } from '../simulation/design-policies.ts';
import { figureTable } from '../simulation/figure-table.ts';
import { loadRecordings, type NamedRecording } from '../simulation/load-recordings.ts';
import type { FigureRow } from '../simulation/figures.ts';
import { replayAll, type ReplayOutcome } from '../simulation/replay-all.ts';
import { factsOf, figureRowOf } from '../simulation/replay-result.ts';
import { searchReport, withIdealSpeed } from '../simulation/search-report.ts';
import { describeTarget } from '../tune/target.ts';
import { rankConfirmed, tuneColumns, withMeasured, type TuneResult } from '../tune/tune-result.ts';
import { confirmOnModel, type ConfirmCommandOptions } from './confirm.ts';
import { printWarnings } from './outcome.ts';
import { openResults, writeJson, writeReport } from './results.ts';

/** Options of `refrain tune`, as read. */
export interface TuneCommandOptions extends ResultOptions, ConfirmCommandOptions, TuneTarget {
  readonly design?: string;
  readonly seed: number;
  readonly explore?: number;
  readonly judgement: DriftJudgement;
  readonly costs: string;
  /** How many of the best are run on the model. */
  readonly confirm?: number;
  readonly report?: string;
}

/** So many of the best are shown, if not more are confirmed. */
const SHOWN = 5;

/** What a search found. */
interface Found {
  readonly tuned: Tuned;
  /** The best policies, as far as they are shown. */
  readonly best: readonly PolicyOutcome[];
  /** Everything that was tried and could be replayed. */
  readonly tried: readonly PolicyOutcome[];
  /** The best ones replayed in detail. */
  readonly replayed: ReplayOutcome;
}

/** `refrain tune`: the policy for a wanted speed, drift or size. */
export async function tuning(
  context: CommandContext,
  paths: readonly string[],
  options: TuneCommandOptions,
): Promise<void> {
  const { costs, judgement, confirm: count = 0, report } = options;
  const target = targetOf(options);
  const terminal = await openResults(context, options, [report]);
  const recordings = await loadRecordings(paths);
  terminal.progress(`searching for ${describeTarget(target)}`);
  const found = await search(recordings, target, options);
  terminal.endProgress();
  const policies = found.best.slice(0, count).map(({ policy }) => policy);
  const run = count === 0 ? null : await confirmOnModel(context, terminal, { policies, recordings, options });
  const predicted = found.replayed.rows.map(figureRowOf).map(withIdealSpeed);
  const rows = withMeasured(predicted, run?.rows ?? [], recordings);
  const ranked = run && rankConfirmed(rows, run.rows, found.best, { target, judgement });
  const policy = ranked?.[0]?.policy ?? found.tuned.policy;
  const { front, search: searched } = found.tuned;
  const result: TuneResult = {
    format: 1,
    recordings: recordings.map((named) => factsOf(named, costs)),
    target,
    judgement,
    policy,
    predicted: found.best.find((one) => one.policy === policy) ?? found.tuned.outcome,
    best: found.best,
    front,
    search: searched,
    confirmation: run && { ...run.made, policies: ranked ?? [] },
  };
  tell(terminal, result, rows);
  await writeReport(terminal, report, () => ({
    ...searchReport({
      kicker: 'tuning of a caching policy',
      recordings,
      outcome: found.replayed,
      costs,
      command: commandLine(context),
      tried: found.tried,
      front,
    }),
    evidence: ranked && ranked.length > 0 ? 'confirmed' : 'predicted',
    tuning: {
      target: describeTarget(target),
      reaching: searched.reached,
      policy,
      ...(ranked?.[0] && { confirmed: ranked[0].reaches }),
    },
    columns: tuneColumns((ranked?.length ?? 0) > 0),
    rows,
  }));
  await writeJson(context, options, result);
  context.signal.throwIfAborted();
}

async function search(
  recordings: readonly NamedRecording[],
  target: TuneTarget,
  { costs: source, design: file, explore, seed, judgement, confirm: count = 0 }: TuneCommandOptions,
): Promise<Found> {
  const runs = recordings.map(({ recording }) => recording);
  const design = await openDesign(file, runs);
  const [first] = runs;
  const costs = first && source !== 'recorded' ? costsFor(source, first) : undefined;
  const evaluate = evaluator(runs, costs ? { costs } : {});
  const tried: PolicyOutcome[] = [];
  const tuned = tune(target, {
    design,
    seed,
    judgement,
    best: Math.max(SHOWN, count),
    ...(explore !== undefined && { explore }),
    evaluate(policy) {
      const outcome = evaluate(policy);
      if (!('error' in outcome)) tried.push(outcome);
      return outcome;
    },
  });
  const ids = tuned.best.map(({ policy }) => policy);
  return { tuned, best: tuned.best, tried, replayed: replayAll(ids, recordings, source) };
}

function tell(terminal: Terminal, result: TuneResult, rows: readonly FigureRow[]): void {
  const { policy, target, search: searched, confirmation } = result;
  const confirmed = confirmation?.policies ?? [];
  terminal.print(policy);
  terminal.print(`\n${figureTable(rows, tuneColumns(confirmed.length > 0))}\n`);
  terminal.print(
    `wanted ${describeTarget(target)}: ${searched.reached} of ${searched.tried} policies reach it, as predicted`,
  );
  if (confirmation && !confirmation.complete) terminal.print('stopped before all prompts were confirmed');
  const [chosen] = confirmed;
  if (chosen && !chosen.reaches)
    terminal.print(
      `on the model none of ${confirmed.length} reaches it: the nearest has a speed-up of ` +
        `${chosen.measured.speedup.toFixed(2)}× and a drift of ${chosen.measured.driftL2.toPrecision(3)}`,
    );
  else if (chosen) terminal.print(`confirmed on the model: ${chosen.policy}`);
  printWarnings(terminal, rows);
}

/** @throws CommandError `OPTION_INVALID` */
function targetOf({ speedup, drift, bytes }: TuneTarget): TuneTarget {
  const target: TuneTarget = {
    ...(speedup !== undefined && { speedup }),
    ...(drift !== undefined && { drift }),
    ...(bytes !== undefined && { bytes }),
  };
  if (Object.keys(target).length > 0) return target;
  throw new CommandError(
    'OPTION_INVALID',
    '[refrain] tune needs a target: --speedup, --drift or --bytes, or several of them',
  );
}
