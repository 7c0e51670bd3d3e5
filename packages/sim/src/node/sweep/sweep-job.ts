import { parsePolicy, type Policy } from '@refrain/core';
import type { CostModel } from '../../cost/cost-model.ts';
import type { Recording } from '../../recording/recording.ts';
import { replayer } from '../../replay/replay.ts';
import { rowOf, type Summarize } from '../../sweep/sweep-row.ts';

/** What a worker is given once. */
export interface SweepJobData {
  readonly policies: readonly string[];
  readonly recordings: readonly Recording[];
  readonly costs?: CostModel;
}

/** What a worker is given each time: items by their numbers, policy · number of recordings + recording. */
export interface SweepBatch {
  readonly items: readonly number[];
  /** The worker writes here which item it is at, for the case that it does not live to tell. */
  readonly at: Int32Array;
}

/** What comes back. */
export interface SweepAnswer {
  /** One line of JSON for each item that was done, each with its line break. */
  readonly lines: string;
  /** How many items were done: the first so many. */
  readonly done: number;
  /** What the item after them failed with: a fault, since policies that do not fit give rows. */
  readonly fault?: string;
}

/** So long a batch takes at most, apart from its last item: a crash loses no more. */
const MILLISECONDS = 100;

/**
 * Makes the function that works off batches, in a worker thread or in the calling one.
 *
 * @param data - policies, recordings and costs
 */
export function sweepJob({ policies, recordings, costs }: SweepJobData): (batch: SweepBatch) => SweepAnswer {
  const runs = recordings.map((recording, index) => ({
    index,
    label: recording.label,
    summarize: lazily(recording, costs),
  }));
  let parsed: Policy | undefined;
  const lineOf = (item: number): string => {
    const run = runs[item % runs.length];
    const id = policies[Math.floor(item / runs.length)] ?? '';
    if (!run) throw new RangeError(`there is no recording ${item % runs.length}`);
    parsed = parsed?.id === id ? parsed : parsePolicy(id);
    return `${JSON.stringify(rowOf(parsed, run, run.summarize))}\n`;
  };
  return ({ items, at }) => {
    const until = performance.now() + MILLISECONDS;
    const lines: string[] = [];
    for (const item of items) {
      at[0] = item;
      try {
        lines.push(lineOf(item));
      } catch (error) {
        return { lines: lines.join(''), done: lines.length, fault: faultOf(error) };
      }
      if (performance.now() >= until) break;
    }
    return { lines: lines.join(''), done: lines.length };
  };
}

/** Not every worker comes to see every recording. */
function lazily(recording: Recording, costs: CostModel | undefined): Summarize {
  let summarize: Summarize | undefined;
  return (policy) => (summarize ??= replayer(recording, { ...(costs && { costs }) }))(policy);
}

function faultOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
