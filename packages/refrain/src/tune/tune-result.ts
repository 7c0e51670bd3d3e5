import type { DriftJudgement, PolicyOutcome, TuneSearch, TuneTarget } from '@refrain/sim';
import type { Environment } from '../compare/comparison.ts';
import type { FigureName, FigureRow } from '../simulation/figures.ts';
import type { NamedRecording } from '../simulation/load-recordings.ts';
import type { RecordingFacts } from '../simulation/replay-result.ts';
import type { ConfirmedRow } from './confirm.ts';
import type { RecordedRun } from './run-of-recordings.ts';
import { compareMeasured, measuredOf, missOf, type Measured } from './target.ts';

/** What `refrain tune --json` writes. */
export interface TuneResult {
  /** Version of this format. */
  readonly format: 1;
  readonly recordings: readonly RecordingFacts[];
  readonly target: TuneTarget;
  readonly judgement: DriftJudgement;
  /** The policy to use: as measured where that was done, else as predicted. */
  readonly policy: string;
  /** What is predicted for {@link policy}. */
  readonly predicted: PolicyOutcome;
  /** The best policies of different families that reach the target as predicted, best first. */
  readonly best: readonly PolicyOutcome[];
  /** The Pareto front of everything that was tried; the fastest first. */
  readonly front: readonly PolicyOutcome[];
  readonly search: TuneSearch;
  /** Null without `--confirm`. */
  readonly confirmation: Confirmation | null;
}

/** The best policies on the real model. */
export interface Confirmation {
  readonly model: string;
  readonly run: RecordedRun;
  readonly repeats: number;
  readonly environment: Environment;
  /** False when it was stopped before all prompts were done. */
  readonly complete: boolean;
  /** The best first, as measured. */
  readonly policies: readonly ConfirmedPolicy[];
}

/** What was predicted for a policy, and what came. */
export interface ConfirmedPolicy {
  readonly policy: string;
  readonly predicted: PolicyOutcome;
  readonly measured: Measured;
  /** Share of steps and branches at which the cached run did what the replay said. */
  readonly agreement: number;
  /** True if the target is reached as measured; a speed-up may be short by what timing cannot tell. */
  readonly reaches: boolean;
  readonly rows: readonly ConfirmedRow[];
}

/** The figures of a tuning that tables show. */
export function tuneColumns(confirmed: boolean): readonly FigureName[] {
  if (!confirmed) return ['reuseRate', 'speedup', 'drift', 'bytesHeld'];
  return [
    'measuredReuse',
    'measuredSpeedup',
    'measuredDrift',
    'measuredDriftL1',
    'agreement',
    'psnr',
    'bytesHeld',
  ];
}

/**
 * Predictions with what was measured of them. Where something was measured, what was not is left out.
 *
 * @param rows - of replays
 * @param confirmed - of the model
 */
export function withMeasured(
  rows: readonly FigureRow[],
  confirmed: readonly ConfirmedRow[],
  recordings: readonly NamedRecording[],
): readonly FigureRow[] {
  if (confirmed.length === 0) return rows;
  return rows.flatMap((row) => {
    const prompt = recordings.find(({ name }) => name === row.subject)?.recording.label;
    const measured = confirmed.find((one) => one.policy === row.policy && one.prompt === prompt);
    if (!measured) return [];
    const figures = {
      ...row.figures,
      measuredReuse: measured.reuseRate,
      measuredSpeedup: measured.speedup,
      measuredDrift: measured.driftL2,
      measuredDriftL1: measured.driftL1,
      agreement: agreementOf(row.mask, measured.mask),
      psnr: measured.psnr,
    };
    return [{ ...row, figures, warnings: [...row.warnings, ...measured.warnings] }];
  });
}

/** Policies as they came out on the model, the best first. */
export function rankConfirmed(
  rows: readonly FigureRow[],
  confirmed: readonly ConfirmedRow[],
  best: readonly PolicyOutcome[],
  { target, judgement }: Pick<TuneResult, 'target' | 'judgement'>,
): readonly ConfirmedPolicy[] {
  const policies = best.flatMap((predicted): readonly ConfirmedPolicy[] => {
    const { policy } = predicted;
    const own = confirmed.filter((row) => row.policy === policy);
    if (own.length === 0) return [];
    const measured = measuredOf(own, judgement);
    const shares = rows.filter((row) => row.policy === policy).map(({ figures }) => figures.agreement ?? 0);
    const agreement = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    return [{ policy, predicted, measured, agreement, reaches: missOf(measured, target) === 0, rows: own }];
  });
  return policies.toSorted((a, b) => compareMeasured(a.measured, b.measured, target));
}

/** Share of characters that are equal, over all branches. */
function agreementOf(
  predicted: Readonly<Record<string, string>>,
  measured: Readonly<Record<string, string>>,
): number {
  let [same, all] = [0, 0];
  for (const [branch, mask] of Object.entries(measured))
    for (let step = 0; step < mask.length; step++) {
      all += 1;
      if (predicted[branch]?.[step] === mask[step]) same += 1;
    }
  return all === 0 ? 1 : same / all;
}
