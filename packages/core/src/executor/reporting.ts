import type { Policy } from '../policy/policy.ts';
import { masksOf, reuseRateOf } from '../report/mask.ts';
import type { RunReport, Warning } from '../report/report.ts';
import { explainNoReuse } from '../report/warnings.ts';
import type { Holdings } from './holdings.ts';
import type { Recorder } from './recorder.ts';
import type { ResolvedRunOptions } from './run-options.ts';

/** What a report is made from. */
export interface Reportable {
  readonly recorder: Recorder;
  readonly holdings: Pick<Holdings<object>, 'bytes' | 'peak'>;
  readonly options: ResolvedRunOptions;
  readonly policy: Policy;
  readonly runner: string;
  readonly status: RunReport['status'];
  readonly lanes: readonly string[];
  /** Length of the stream. */
  readonly length: number;
}

/** The report of a run as it stands. */
export function reportOf({
  recorder,
  holdings,
  options,
  policy,
  runner,
  status,
  lanes,
  length,
}: Reportable): RunReport {
  const { timesteps, branches, maxBytes } = options;
  const { decisions } = recorder;
  return {
    policy: policy.id,
    granularity: policy.granularity,
    runner,
    status,
    steps: timesteps.length,
    timesteps,
    branches,
    passes: recorder.passes,
    mask: masksOf(decisions, timesteps.length, lanes, length),
    reuseRate: reuseRateOf(decisions, length),
    seconds: recorder.seconds(),
    bytes: { held: holdings.bytes, peak: holdings.peak, budget: Number.isFinite(maxBytes) ? maxBytes : null },
    decisions: [...decisions],
    warnings: [...recorder.warnings.list(), ...closingWarnings(recorder, status, policy)],
  };
}

function closingWarnings(
  { decisions }: Recorder,
  status: RunReport['status'],
  { needs }: Policy,
): readonly Warning[] {
  const warnings: Warning[] = [];
  if (status === 'aborted' || status === 'failed')
    warnings.push({
      code: 'incomplete',
      message: `the run ${status === 'aborted' ? 'was aborted' : 'failed'} before its last step`,
      count: 1,
    });
  const inert = status === 'running' ? undefined : explainNoReuse(decisions, needs.history);
  if (inert) warnings.push({ code: 'never-reused', message: `nothing was reused: ${inert}`, count: 1 });
  return warnings;
}
