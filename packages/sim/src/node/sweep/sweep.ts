import { availableParallelism } from 'node:os';
import { parsePolicy } from '@refrain/core';
import type { CostModel } from '../../cost/cost-model.ts';
import { SimError } from '../../errors.ts';
import type { Recording } from '../../recording/recording.ts';
import { openBench } from '../../replay/bench.ts';
import { outcomesOf, type Outcomes, type PolicyOutcome } from '../../sweep/outcome.ts';
import { paretoFront } from '../../sweep/pareto-front.ts';
import type { SweepRow } from '../../sweep/sweep-row.ts';
import { loadRecording } from '../recording-file.ts';
import { openCrew } from './crew.ts';
import { fingerprintOf, type SweepContents } from './fingerprint.ts';
import { runItems } from './run-items.ts';
import { priorRows } from './prior-rows.ts';
import type { SweepHeader } from './sweep-file.ts';
import { pathsOf, writeSweepFiles, type SweepPaths } from './sweep-files.ts';
import { SweepItems } from './sweep-items.ts';
import { openSweepLog, type SweepLog } from './sweep-log.ts';

/** How far a sweep is. */
export interface SweepProgress {
  /** Items that are done, with those of an earlier run. An item is one policy on one recording. */
  readonly done: number;
  readonly total: number;
  /** Estimated from the pace of this run; null before there is one. */
  readonly secondsLeft: number | null;
}

/** What is swept, and how. */
export interface SweepOptions {
  /** Policy ids, for example of `gridDesign`. Each is swept once. */
  readonly policies: readonly string[];
  /** Recordings, or paths of their files. */
  readonly recordings: readonly (Recording | string)[];
  /** Path of the results, as JSON lines: `results.jsonl` gets `results.parquet` and `results.json` beside it. */
  readonly file: string;
  /** What the parts of the model cost, in the place of what was recorded. */
  readonly costs?: CostModel;
  /** Worker threads; 0 works in the calling thread. @defaultValue as many as the machine runs at a time */
  readonly workers?: number;
  /** Go on with what is in the file. @defaultValue false */
  readonly resume?: boolean;
  /** Replace what is in the file. @defaultValue false */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** Told after each batch, about ten times a second for each worker. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

/** What a finished sweep found. */
export interface SweepResult extends Outcomes {
  /** Policy after policy, each on all recordings. */
  readonly rows: readonly SweepRow[];
  /** Of the outcomes: no other is as fast with as little drift. */
  readonly front: readonly PolicyOutcome[];
  readonly files: SweepPaths;
  /** How many rows an earlier run had written. */
  readonly resumed: number;
}

/**
 * Replays many policies on many recordings in worker threads. Results are written as they come, as JSON lines: a crash at any
 * moment loses what the workers have in hand, at most a tenth of a second's work, and `resume` goes on from there. At the
 * end they are written as Parquet and as one JSON text, too.
 *
 * A policy that does not go with a recording (`NOT_RECORDED`, `POLICY_NEEDS`, `POLICY_FIT`) gives a row that says so.
 *
 * @param options - what is swept, where results go, and how
 * @throws SimError `SWEEP_MISMATCH` when the file has results of other policies, recordings or costs, or of any sweep and
 * neither `resume` nor `overwrite` is given; `WRITE_FAILED` (a full disk) and `WORKER_FAILED`, with finished results kept;
 * `OPTION_INVALID`; what {@link loadRecording} throws
 * @throws PolicyConfigError for an id that is none
 * @throws RunError `RUN_ABORTED` when the signal fires, with finished results kept
 *
 * @example
 * ```ts
 * const { front } = await sweep({
 *   policies: gridDesign(defaultDesign(), 10),
 *   recordings: ['still-lake.safetensors', 'running-dog.safetensors'],
 *   file: 'results.jsonl',
 *   resume: true,
 *   onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
 * });
 * ```
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  return sweepInto(options, openSweepLog);
}

/** As {@link sweep}, with another way to open the file that lines are added to. */
export async function sweepInto(
  options: SweepOptions,
  openLog: (path: string, keep: number) => Promise<SweepLog>,
): Promise<SweepResult> {
  const { file, workers = availableParallelism() } = options;
  const contents = await contentsOf(options);
  if (!Number.isInteger(workers) || workers < 0)
    throw invalid(`workers: expected an integer of at least 0, got ${workers}`);
  const header = headerOf(contents);
  const known = await priorRows(options, header);
  const items = new SweepItems(contents, known.rows, file);
  const log = await openLog(file, known.bytes);
  try {
    if (known.bytes === 0) await log.append(`${JSON.stringify(header)}\n`);
    await work(contents, items, { ...options, workers }, log);
  } finally {
    await log.close();
  }
  return finish(items, header, pathsOf(file), known.rows.length);
}

async function contentsOf({ policies, recordings, costs }: SweepOptions): Promise<SweepContents> {
  if (policies.length === 0 || recordings.length === 0)
    throw invalid(`expected policies and recordings, got ${policies.length} and ${recordings.length}`);
  const contents: SweepContents = {
    policies: [...new Set(policies.map((id) => parsePolicy(id).id))],
    recordings: await Promise.all(
      recordings.map(async (one) => (typeof one === 'string' ? loadRecording(one) : one)),
    ),
    ...(costs && { costs }),
  };
  // Costs that do not go with a recording are no matter of a single policy.
  for (const recording of contents.recordings) openBench(recording, costs ?? recording.costs);
  return contents;
}

function headerOf(contents: SweepContents): SweepHeader {
  return {
    refrain: 'sweep',
    version: 1,
    fingerprint: fingerprintOf(contents),
    policies: contents.policies.length,
    recordings: contents.recordings.map(({ model, label, steps }) => ({ model, label, steps })),
  };
}

async function work(
  contents: SweepContents,
  items: SweepItems,
  { workers, signal, onProgress }: SweepOptions & { readonly workers: number },
  log: SweepLog,
): Promise<void> {
  const { total, done: before } = items;
  const left = items.left();
  if (left.length === 0) return;
  const start = performance.now();
  let done = before;
  const crew = openCrew(contents, Math.min(workers, left.length));
  try {
    await runItems({
      items: left,
      crew,
      log: keeping(log, items),
      describe: (item) => items.describe(item),
      ...(signal && { signal }),
      onDone(count) {
        done += count;
        const seconds = (performance.now() - start) / 1000;
        const pace = (done - before) / seconds;
        onProgress?.({ done, total, secondsLeft: pace > 0 ? (total - done) / pace : null });
      },
    });
  } finally {
    await crew.close();
  }
}

/** What was written is remembered, too. */
function keeping(log: SweepLog, items: SweepItems): SweepLog {
  return {
    async append(text) {
      await log.append(text);
      const lines = text.split('\n').slice(0, -1);
      items.add(
        lines.map((line) => JSON.parse(line) as SweepRow),
        '',
      );
    },
    close: () => log.close(),
  };
}

async function finish(
  items: SweepItems,
  header: SweepHeader,
  files: SweepPaths,
  resumed: number,
): Promise<SweepResult> {
  const rows = items.rows();
  const { outcomes, failures } = outcomesOf(rows);
  const front = paretoFront(outcomes);
  await writeSweepFiles(files, header, { rows, outcomes, failures, front });
  return { rows, outcomes, failures, front, files, resumed };
}

function invalid(what: string): SimError {
  return new SimError('OPTION_INVALID', `[sim] sweep: ${what}`);
}
