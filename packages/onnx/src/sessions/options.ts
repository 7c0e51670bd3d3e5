import type { InferenceSession } from 'onnxruntime-common';
import { OnnxError } from '../errors.ts';
import type { OnnxRuntime } from '../runtime.ts';

/** Every session has threads of its own: thousands of them would take the machine down before anything is computed. */
const MAX_THREADS = 256;

/** Where and how models run. */
export interface SessionOptions {
  /**
   * The ONNX Runtime module.
   * @defaultValue `onnxruntime-node`, loaded when needed
   */
  readonly ort?: OnnxRuntime | undefined;
  /**
   * Execution providers to try, best first; the first that works is used for everything.
   * @defaultValue `['cpu']`
   */
  readonly providers?: readonly string[] | undefined;
  /**
   * Threads for one operation, 1 to 256. More than the processor has cores is never faster.
   * @defaultValue 1
   */
  readonly threads?: number | undefined;
  /**
   * Compute in a worker thread, so that the event loop stays alive: for servers. Not together with `ort`; Node only.
   * @defaultValue false
   */
  readonly worker?: boolean | undefined;
}

/** Whether outputs of sessions can stay on the device until another session takes them. */
export function keepsOnDevice(provider: string): boolean {
  return provider === 'webgpu';
}

/** Where the weights of a model are that are not inside. */
export interface WeightFiles {
  /** Absolute path of the folder in which they lie. */
  readonly folder?: string | undefined;
  /** Contents of the files by their names in the model, where there is no file system. */
  readonly contents?: Readonly<Record<string, Uint8Array>> | undefined;
}

/**
 * Session options for one part of a model. Parts run one after the other in sessions of their own: threads that spin while
 * they wait for work, ONNX Runtime's default, would take the processor from whichever part is running.
 *
 * @param provider - execution provider
 * @param threads - threads for one operation
 * @param weights - where weights are that are not inside
 * @param stays - outputs that stay on the device
 */
export function sessionOptions(
  provider: string,
  threads: number,
  { folder, contents }: WeightFiles = {},
  stays: readonly string[] = [],
): InferenceSession.SessionOptions {
  const files = Object.entries(contents ?? {}).map(([path, data]) => ({ path, data }));
  return {
    ...(files.length > 0 && { externalData: files }),
    ...(stays.length > 0 && {
      preferredOutputLocation: Object.fromEntries(stays.map((name) => [name, 'gpu-buffer' as const])),
    }),
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      session: {
        intra_op: { allow_spinning: '0' },
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}

/**
 * Checks what a user gave.
 *
 * @param options - as given
 * @throws OnnxError `PROVIDER_UNAVAILABLE` for an empty list, `SESSION_FAILED` for a number of threads that is none
 */
export function requireSessionOptions({ providers, threads = 1, worker, ort }: SessionOptions): void {
  if (worker && ort)
    throw new OnnxError(
      'SESSION_FAILED',
      'option worker: a runtime is given (ort), which would not be used; leave one out',
    );
  if (providers?.length === 0)
    throw new OnnxError(
      'PROVIDER_UNAVAILABLE',
      "option providers: expected at least one, for example ['cpu']",
    );
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS)
    throw new OnnxError(
      'SESSION_FAILED',
      `option threads: expected an integer from 1 to ${MAX_THREADS}, got ${threads}`,
    );
}
