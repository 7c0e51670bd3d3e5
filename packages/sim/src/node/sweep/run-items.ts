import { RunError } from '@refrain/core';
import { SimError } from '../../errors.ts';
import type { Crew } from './crew.ts';
import type { SweepAnswer, SweepBatch } from './sweep-job.ts';
import type { SweepLog } from './sweep-log.ts';

/** How items are worked off. */
export interface ItemRun {
  /** Numbers of the items that are left. */
  readonly items: readonly number[];
  readonly crew: Crew;
  readonly log: SweepLog;
  /** An item in words, for messages. */
  readonly describe: (item: number) => string;
  readonly signal?: AbortSignal;
  /** Told after each batch how many items were done. */
  readonly onDone: (count: number) => void;
}

/** A batch has at most so many items: what a worker does not get to in its time goes back. */
const MOST_ITEMS = 512;

/**
 * Works items off, each worker a batch at a time, and adds their lines to the log. When something fails, or the signal
 * fires, no further batch is given out, and those that are under way are finished and kept.
 *
 * @throws SimError `WORKER_FAILED` that names the item, `WRITE_FAILED`; RunError `RUN_ABORTED`
 */
export async function runItems(run: ItemRun): Promise<void> {
  const queue = new Queue(run.items, run.crew.size);
  const ends = await Promise.allSettled(Array.from({ length: run.crew.size }, () => workOff(queue, run)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

async function workOff(queue: Queue, run: ItemRun): Promise<void> {
  try {
    for (let items = queue.take(); items.length > 0; items = queue.take()) {
      requireGoing(run.signal);
      const { lines, done, fault } = await give(run, items);
      queue.giveBack(items.slice(done));
      if (lines !== '') await run.log.append(lines);
      run.onDone(done);
      if (fault !== undefined) throw workerFailed(run.describe(items[done] ?? -1), fault, undefined);
    }
  } catch (error) {
    queue.close();
    throw error;
  }
}

/** Items that nobody has in hand. */
class Queue {
  /** The next one is the last. */
  #left: number[];
  readonly #workers: number;

  constructor(items: readonly number[], workers: number) {
    this.#left = items.toReversed();
    this.#workers = workers;
  }

  /** The next batch: towards the end smaller ones, so that all workers have something to do. Empty when nothing is left. */
  take(): readonly number[] {
    const count = Math.min(MOST_ITEMS, Math.ceil(this.#left.length / (2 * this.#workers)));
    return this.#left.splice(this.#left.length - count, count).toReversed();
  }

  /** What a worker did not get to. */
  giveBack(items: readonly number[]): void {
    this.#left.push(...items.toReversed());
  }

  /** Nothing is given out any more. */
  close(): void {
    this.#left = [];
  }
}

async function give({ crew, describe }: ItemRun, items: readonly number[]): Promise<SweepAnswer> {
  const batch: SweepBatch = { items, at: new Int32Array(new SharedArrayBuffer(4)).fill(items[0] ?? 0) };
  try {
    return await crew.work(batch);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw workerFailed(describe(batch.at[0] ?? -1), reason, cause);
  }
}

function workerFailed(item: string, reason: string, cause: unknown): SimError {
  return new SimError(
    'WORKER_FAILED',
    `[sim] sweep: a worker failed at ${item}: ${reason}. Finished results are kept: go on with resume, without that policy, ` +
      'or with workers: 0 to see more',
    { cause },
  );
}

function requireGoing(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new RunError('RUN_ABORTED', '[sim] sweep: aborted; finished results are kept: go on with resume', {
    cause: signal.reason,
  });
}
