import { Tensor, type InferenceSession } from 'onnxruntime-common';
import { asError, OnnxError } from '../errors.ts';
import type { OnnxRuntime } from '../runtime.ts';
import { WORKER_PROGRAM } from './program.ts';

/** ONNX Runtime in a thread of its own. */
export interface WorkerRuntime extends OnnxRuntime {
  /** Ends the thread. What is still running there fails. */
  terminate(): Promise<void>;
}

/** What is used of Node's thread. */
interface Thread {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: Answer) => void): unknown;
  on(event: 'error' | 'exit', listener: (reason: unknown) => void): unknown;
  terminate(): Promise<number>;
  unref(): void;
  ref(): void;
}

interface Answer {
  readonly call: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Something that the thread was asked for. */
interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts `onnxruntime-node` in a worker thread, so that the event loop of the caller stays alive while a model computes:
 * `run()` of that package computes on the thread that calls it. Inputs are copied on the way, outputs are handed over.
 *
 * @throws OnnxError `RUNTIME_MISSING` when `onnxruntime-node` is not installed, or where there are no worker threads
 *
 * @example
 * ```ts
 * const ort = await startWorkerRuntime();
 * const runner = await onnxRunner({ model: 'transformer.onnx', ort });
 * // …
 * await runner.dispose();
 * await ort.terminate();
 * ```
 */
export async function startWorkerRuntime(): Promise<WorkerRuntime> {
  const thread = await startThread();
  const calls = new Map<number, Call>();
  let [count, ended] = [0, false];
  const fail = (reason: unknown): void => {
    ended = true;
    for (const call of calls.values()) call.reject(asError(reason));
    calls.clear();
  };
  thread.on('message', ({ call, result, error }) => {
    const waiting = calls.get(call);
    calls.delete(call);
    if (calls.size === 0) thread.unref();
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  });
  thread.on('error', fail);
  thread.on('exit', () => fail('the worker thread has ended'));
  // A thread that waits for work must not keep the process alive.
  thread.unref();
  const ask = <Result>(what: string, request: object): Promise<Result> => {
    if (ended) return Promise.reject(new OnnxError('DISPOSED', 'the worker thread has ended; start another'));
    count += 1;
    const call = count;
    thread.ref();
    return new Promise<Result>((resolve, reject) => {
      calls.set(call, { resolve: (result) => resolve(result as Result), reject });
      thread.postMessage({ call, what, with: request }, []);
    });
  };
  const factory = sessionFactory(ask);
  return {
    InferenceSession: factory,
    Tensor,
    terminate: async () => {
      ended = true;
      await thread.terminate();
    },
  };
}

type Ask = <Result>(what: string, request: object) => Promise<Result>;

/** Tensors as they travel between threads. */
type Packed = Readonly<Record<string, Pick<Tensor, 'type' | 'data' | 'dims'>>>;

function sessionFactory(ask: Ask): OnnxRuntime['InferenceSession'] {
  let count = 0;
  const create = async (
    model: unknown,
    options: InferenceSession.SessionOptions = {},
  ): Promise<InferenceSession> => {
    count += 1;
    const id = count;
    const names = await ask<Pick<InferenceSession, 'inputNames' | 'outputNames' | 'outputMetadata'>>(
      'create',
      {
        id,
        model,
        options,
      },
    );
    const session = {
      ...names,
      run: async (feeds: InferenceSession.FeedsType, fetches?: readonly string[]) => {
        const results = await ask<Packed>('run', { id, feeds: packed(feeds), fetches });
        return Object.fromEntries(
          Object.entries(results).map(([name, { type, data, dims }]) => [
            name,
            new Tensor(type as 'float32', data as Float32Array, dims),
          ]),
        );
      },
      release: () => ask<void>('release', { id }),
    };
    return session as unknown as InferenceSession;
  };
  return { create } as OnnxRuntime['InferenceSession'];
}

function packed(feeds: InferenceSession.FeedsType): Packed {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => {
      const { type, data, dims } = value;
      return [name, { type, data, dims }];
    }),
  );
}

async function startThread(): Promise<Thread> {
  try {
    const { createRequire } = await import('node:module');
    const { Worker } = await import('node:worker_threads');
    const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
    return new Worker(WORKER_PROGRAM, { eval: true, workerData: { runtime } });
  } catch (thrown) {
    throw new OnnxError(
      'RUNTIME_MISSING',
      `ONNX Runtime could not be started in a worker thread (${asError(thrown).message}). Install it with: npm install ` +
        'onnxruntime-node. In a browser, run the whole program in a web worker instead.',
      { cause: thrown },
    );
  }
}
