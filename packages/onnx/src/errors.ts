import { RefrainError } from '@refrain/core';

/** What went wrong in the ONNX adapter, for programs. */
export type OnnxErrorCode =
  /** The bytes are not an ONNX model, or its graph is broken. */
  | 'MODEL_UNREADABLE'
  /** The model is valid, but has something that this adapter cannot handle; the message names it. */
  | 'MODEL_UNSUPPORTED'
  /** Weights that lie in another file: it is missing, cut off, or not in the folder of the model. */
  | 'EXTERNAL_DATA'
  /** No repeated transformer block was found. */
  | 'NO_BLOCKS'
  /** ONNX Runtime is not installed; the message names the package. */
  | 'RUNTIME_MISSING'
  /** No execution provider that was asked for works here; the message lists every attempt. */
  | 'PROVIDER_UNAVAILABLE'
  /** An input is missing, unknown, or has the wrong data type or shape. */
  | 'INPUT_MISMATCH'
  /** A stretch of the stream or a tap was asked for that the model does not have. */
  | 'SPAN_INVALID'
  /** ONNX Runtime failed to compile or to run a part of the model. */
  | 'SESSION_FAILED'
  /** The rule of a policy cannot be written into a graph; the message says why. */
  | 'POLICY_NOT_COMPILABLE'
  /** The runner was used after `dispose()`. */
  | 'DISPOSED'
  /** The pieces do not compute what the whole model computes. */
  | 'SELF_CHECK_FAILED';

/**
 * Every error of this package. The message says what was expected, what came and what to do; `cause` is the error
 * underneath, where there is one.
 *
 * @example
 * ```ts
 * try {
 *   await onnxRunner({ model });
 * } catch (error) {
 *   if (error instanceof OnnxError && error.code === 'NO_BLOCKS') console.error('nothing to cache:', error.message);
 * }
 * ```
 */
export class OnnxError extends RefrainError<OnnxErrorCode> {
  /**
   * @param code - which kind of mistake
   * @param message - the whole story, without the `[onnx]` prefix
   * @param options - `cause`: the error underneath
   */
  constructor(code: OnnxErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, `[onnx] ${message}`, options);
  }
}

/** An execution provider that was tried, and why it does not work. */
export interface ProviderAttempt {
  /** Name of the provider, as given. */
  readonly provider: string;
  /** What ONNX Runtime threw. */
  readonly error: Error;
}

/** What to do about providers that need more than the package of the runtime. */
const advice: Readonly<Record<string, string>> = {
  cuda:
    '\n    CUDA needs libraries that onnxruntime-node downloads when its install script runs, on Linux x64, besides CUDA 12 and ' +
    'cuDNN 9: ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js',
  webgpu:
    '\n    WebGPU needs an adapter: a graphics driver, in Node with Vulkan, or a browser in which it is switched on.',
};

/** `PROVIDER_UNAVAILABLE`: none of the execution providers works, with every attempt. */
export class ProviderError extends OnnxError {
  /** All providers that were tried, in order. */
  readonly attempts: readonly ProviderAttempt[];

  /** @param attempts - all providers that were tried, in order */
  constructor(attempts: readonly ProviderAttempt[]) {
    const list = attempts
      .map(({ provider, error }) => `\n  - ${provider}: ${error.message}${advice[provider] ?? ''}`)
      .join('');
    super(
      'PROVIDER_UNAVAILABLE',
      `none of the execution providers works here:${list}\n` +
        "Name one that this build of ONNX Runtime has, for example providers: ['cpu'].",
      { cause: attempts[0]?.error },
    );
    this.attempts = attempts;
  }
}

/**
 * Makes an `Error` of whatever was thrown: native runtimes sometimes throw strings.
 *
 * @param thrown - what a `catch` got
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
