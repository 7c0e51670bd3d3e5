import { costsFor } from './costs.ts';
import type { FigureName, FigureRow } from './figures.ts';
import type { NamedRecording } from './load-recordings.ts';
import type { Failure, ReplayRow } from './replay-all.ts';

/** What `refrain replay --json` writes. */
export interface ReplayResult {
  /** Version of this format. */
  readonly format: 1;
  readonly recordings: readonly RecordingFacts[];
  readonly rows: readonly ReplayRow[];
  readonly failures: readonly Failure[];
}

/** What a reader of results has to know of a recording. */
export interface RecordingFacts {
  readonly name: string;
  readonly file: string;
  readonly model: string;
  readonly steps: number;
  readonly branches: readonly string[];
  readonly guidance: number;
  readonly stride: number;
  /** Where the costs are from; null without. */
  readonly costs: string | null;
}

/**
 * Describes a recording.
 *
 * @param costs - a name as in `--costs`
 */
export function factsOf({ name, file, recording }: NamedRecording, costs: string): RecordingFacts {
  const { model, steps, branches, guidance, stride } = recording;
  const source = costsFor(costs, recording)?.source ?? null;
  return { name, file, model, steps, branches, guidance, stride, costs: source };
}

/** The figures of a replay that tables show. */
export const replayColumns: readonly FigureName[] = ['reuseRate', 'speedup', 'drift', 'bytesHeld'];

/** A replay as tables show it. */
export function figureRowOf(row: ReplayRow): FigureRow {
  const { policy, granularity, recording, mask, warnings } = row;
  const { reuseRate, speedup, drift, bytesHeld } = row;
  return {
    policy,
    granularity,
    subject: recording,
    mask,
    warnings,
    figures: { reuseRate, speedup, drift, bytesHeld },
  };
}
