import { existsSync } from 'node:fs';
import { Tinypool } from 'tinypool';
import { SimError } from '../../errors.ts';
import type { Recording } from '../../recording/recording.ts';
import { sweepJob, type SweepAnswer, type SweepBatch, type SweepJobData } from './sweep-job.ts';

/** Who works off batches. */
export interface Crew {
  /** How many batches are worked off at a time. */
  readonly size: number;
  /** Rejects if the worker dies. */
  work(batch: SweepBatch): Promise<SweepAnswer>;
  close(): Promise<void>;
}

/**
 * Worker threads, or for 0 of them the calling thread. Recordings are in memory once, however many threads look at them.
 *
 * @param data - what each worker is given once
 * @param size - how many
 * @throws SimError `WORKER_FAILED` when the file of the worker is not there
 */
export function openCrew(data: SweepJobData, size: number): Crew {
  if (size === 0) return callingThread(data);
  const file = workerFile();
  const isSource = file.pathname.endsWith('.ts');
  const pool = new Tinypool({
    filename: isSource ? sourceLoader(file) : file.href,
    name: 'work',
    minThreads: size,
    maxThreads: size,
    workerData: { ...data, recordings: data.recordings.map(shared) },
    execArgv: isSource ? ['--conditions=@refrain/source'] : [],
  });
  // A worker that fails between two batches fails the next one.
  let failure: Error | undefined;
  pool.on('error', (error: Error) => (failure = error));
  return {
    size,
    async work(batch) {
      if (failure) throw failure;
      return (await pool.run(batch)) as SweepAnswer;
    },
    close: () => pool.destroy(),
  };
}

function callingThread(data: SweepJobData): Crew {
  const job = sweepJob(data);
  return {
    size: 1,
    async work(batch) {
      // Others have their turn between batches: signals, timers.
      await new Promise((resolve) => setImmediate(resolve));
      return job(batch);
    },
    async close() {},
  };
}

/** Beside this module, in the built package as in the sources. */
function workerFile(): URL {
  const extension = /\.\w+$/.exec(import.meta.url)?.[0] ?? '.js';
  const file = new URL(`./sweep-worker${extension}`, import.meta.url);
  if (existsSync(file)) return file;
  throw new SimError(
    'WORKER_FAILED',
    `[sim] sweep: expected the code of its workers at ${file.href}, and it is not there, as in a program that was bundled ` +
      'into one file: keep @refrain/sim out of the bundle, or sweep with workers: 0',
  );
}

/** Node 20 cannot read TypeScript: from the sources, a worker first loads what the tools of this repository run with. */
function sourceLoader(file: URL): string {
  const lines = [
    `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};`,
    'register();',
    `export const { work } = await import(${JSON.stringify(file.href)});`,
  ];
  return `data:text/javascript,${encodeURIComponent(lines.join('\n'))}`;
}

/** A copy whose numbers threads look at together. */
function shared(recording: Recording): Recording {
  return {
    ...recording,
    lanes: recording.lanes.map(({ branch, call, change, magnitude, ratios, products }) => ({
      branch,
      call,
      change: sharedFloats(change),
      magnitude: sharedFloats(magnitude),
      ...(ratios && { ratios: sharedFloats(ratios) }),
      ...(products && { products: sharedDoubles(products) }),
    })),
  };
}

function sharedFloats(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

function sharedDoubles(values: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
