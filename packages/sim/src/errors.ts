import { RefrainError } from '@refrain/core';

/** What went wrong in a simulation, for programs. */
export type SimErrorCode =
  /** An option is out of range, unknown, or does not go with another. */
  | 'OPTION_INVALID'
  /** The file is no recording of Refrain, or of a version that this one does not know. */
  | 'RECORDING_FOREIGN'
  /** The file ends before its contents do, or its parts do not fit together. */
  | 'RECORDING_BROKEN'
  /** A file could not be read; `cause` is the system's error. */
  | 'READ_FAILED'
  /** A recorded value is NaN, infinite or negative; the message says where. */
  | 'RECORDING_NOT_FINITE'
  /** The recorded run is of another shape than what it is used with: steps, branches, sites. */
  | 'RECORDING_MISMATCH'
  /** The recording is not complete: the run was not carried to its end. */
  | 'RECORDING_INCOMPLETE'
  /** A policy wants an indicator that was not recorded; the message names it and how to record it. */
  | 'NOT_RECORDED'
  /** No policy that was tried reaches the target; the message says what is reachable. */
  | 'TARGET_UNREACHABLE'
  /** A file of results belongs to another sweep, or cannot be read. */
  | 'SWEEP_MISMATCH'
  /** Results could not be written (a full disk); what was written before is kept. */
  | 'WRITE_FAILED'
  /** A worker thread failed; the message names the item it was at. */
  | 'WORKER_FAILED';

/**
 * Every error of this package. The message says what was expected, what came and what to do; `cause` is the error
 * underneath, where there is one.
 *
 * @example
 * ```ts
 * try {
 *   replay(parsePolicy('bwcache()'), recording);
 * } catch (error) {
 *   if (error instanceof SimError && error.code === 'NOT_RECORDED') console.error(error.message);
 * }
 * ```
 */
export class SimError extends RefrainError<SimErrorCode> {}
