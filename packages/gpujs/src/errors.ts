import { RefrainError } from '@refrain/core';

/** What went wrong in the gpu.js adapter, for programs. */
export type GpuJsErrorCode =
  /** gpu.js is not installed; the message names the package. */
  | 'LIBRARY_MISSING'
  /** No mode that was asked for works here; the message lists every attempt. */
  | 'MODE_UNAVAILABLE'
  /** The only adapter is a software one, which was not asked for. */
  | 'SOFTWARE_ADAPTER'
  /** The device computes wrongly: it failed the self-test. */
  | 'SELF_TEST_FAILED'
  /** The device or the graphics context is gone; nothing on it can be read any more. */
  | 'DEVICE_LOST'
  /** A tensor is larger than the device allows. Nothing was allocated. */
  | 'LIMIT_EXCEEDED'
  /** gpu.js failed to compile or to run a kernel. */
  | 'KERNEL_FAILED'
  /** gpu.js ran a kernel in another mode than the one that was asked for. */
  | 'KERNEL_FALLBACK'
  /** Tensors of these shapes do not go with the operation, or an array does not have the elements of its shape. */
  | 'SHAPE_MISMATCH'
  /** A weights file is broken, or lacks a tensor, or a tensor has the wrong shape. */
  | 'WEIGHTS_INVALID'
  /** An input of the model is missing or has the wrong type or shape. */
  | 'INPUT_MISMATCH'
  /** A stretch of the stream or a tap was asked for that the model does not have. */
  | 'SPAN_INVALID'
  /** A tensor, a device or a runner was used after it was disposed of. */
  | 'DISPOSED';

/**
 * Every error of this package. The message says what was expected, what came and what to do; `cause` is the error
 * underneath, where there is one.
 *
 * @example
 * ```ts
 * try {
 *   await openGpu({ modes: ['webgpu'] });
 * } catch (error) {
 *   if (error instanceof GpuJsError && error.code === 'MODE_UNAVAILABLE') console.error(error.message);
 * }
 * ```
 */
export class GpuJsError extends RefrainError<GpuJsErrorCode> {
  /**
   * @param code - which kind of mistake
   * @param message - the whole story, without the `[gpujs]` prefix
   * @param options - `cause`: the error underneath
   */
  constructor(code: GpuJsErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, `[gpujs] ${message}`, options);
  }
}

/** A mode that was tried, and why it does not work. */
export interface ModeAttempt {
  /** Name of the mode. */
  readonly mode: string;
  /** Why it does not work here. */
  readonly error: Error;
}

/** `MODE_UNAVAILABLE`: none of the modes works, with every attempt. */
export class ModeError extends GpuJsError {
  /** All modes that were tried, in order. */
  readonly attempts: readonly ModeAttempt[];

  /** @param attempts - all modes that were tried, in order */
  constructor(attempts: readonly ModeAttempt[]) {
    const list = attempts.map(({ mode, error }) => `\n  - ${mode}: ${error.message}`).join('');
    super(
      'MODE_UNAVAILABLE',
      `none of the modes works here:${list}\n` +
        "Name one that does, for example modes: ['webasm', 'cpu'], which need no GPU.",
      { cause: attempts[0]?.error },
    );
    this.attempts = attempts;
  }
}

/**
 * Makes an `Error` of whatever was thrown.
 *
 * @param thrown - what a `catch` got
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
