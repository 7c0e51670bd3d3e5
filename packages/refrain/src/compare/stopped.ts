import { RunError } from '@refrain/core';

/** True for the errors by which work ends that the user stopped. */
export function isAbort(error: unknown): boolean {
  if (error instanceof RunError) return error.code === 'RUN_ABORTED';
  return error instanceof Error && error.name === 'AbortError';
}
