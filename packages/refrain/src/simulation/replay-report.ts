import { parsePolicy } from '@refrain/core';
import { counted, thresholdOf, timelinesOf } from '@refrain/charts';
import type { SimulationReport } from '../simulation-report/report-data.ts';
import { changeOfRecording } from './change-of-recording.ts';
import type { NamedRecording } from './load-recordings.ts';
import type { ReplayOutcome } from './replay-all.ts';
import { factsOf, figureRowOf, replayColumns, type RecordingFacts } from './replay-result.ts';

/** What the page of a replay is made from. */
export interface ReplayReportOptions {
  readonly recordings: readonly NamedRecording[];
  readonly outcome: ReplayOutcome;
  /** A name as in `--costs`. */
  readonly costs: string;
  readonly command: string;
}

/** The page of `refrain replay`. */
export function replayReport({ recordings, outcome, costs, command }: ReplayReportOptions): SimulationReport {
  const facts = recordings.map((named) => factsOf(named, costs));
  const policies = [...new Set(outcome.rows.map(({ policy }) => policy))];
  return {
    kicker: 'replay of caching policies',
    ...describeRecordings(facts),
    made: new Date().toISOString(),
    evidence: 'predicted',
    columns: replayColumns,
    rows: outcome.rows.map(figureRowOf),
    tried: [],
    sensitivities: [],
    subjects: recordings.map((named) => ({
      name: named.name,
      about: 'Recording',
      steps: named.recording.steps,
      heat: changeOfRecording(named.recording),
      timelines: timelinesOn(named, outcome),
    })),
    thresholds: policies.flatMap((id) => thresholdOf(parsePolicy(id))),
    failures: outcome.failures,
    command,
  };
}

/** Title, facts and source of a page about recordings. */
function describeRecordings(
  facts: readonly RecordingFacts[],
): Pick<SimulationReport, 'title' | 'facts' | 'source' | 'notices'> {
  const all = (of: (fact: RecordingFacts) => string | number): string =>
    [...new Set(facts.map((fact) => String(of(fact))))].join(', ');
  const mixed = new Set(facts.map(({ model, steps }) => `${model} ${steps}`)).size > 1;
  const unknown = facts.some(({ costs }) => costs === null);
  return {
    title: `${all(({ model }) => model)}, ${all(({ steps }) => steps)} steps`,
    facts: [
      ['Recordings', String(facts.length)],
      ['Guidance', all(({ guidance }) => guidance)],
      ['Stride', all(({ stride }) => stride)],
    ],
    source: `Costs: ${all(({ costs }) => costs ?? 'none')}`,
    notices: [
      ...(mixed
        ? [
            {
              title: 'Mixed recordings.',
              text: `The ${counted(facts.length, 'recording')} are of different models or numbers of steps: means over them compare little.`,
            },
          ]
        : []),
      ...(unknown
        ? [
            {
              title: 'No costs.',
              text: 'A recording has no measured costs, so nothing is said about speed: give --costs.',
            },
          ]
        : []),
    ],
  };
}

function timelinesOn(
  { name, recording }: NamedRecording,
  { rows, replays }: ReplayOutcome,
): ReturnType<typeof timelinesOf> {
  const { steps, branches, stream } = recording;
  return rows.flatMap(({ policy, recording: on }, index) => {
    const decisions = replays[index]?.decisions;
    return on === name && decisions ? timelinesOf({ policy, steps, branches, decisions }, stream) : [];
  });
}
