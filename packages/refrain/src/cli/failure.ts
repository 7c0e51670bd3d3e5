import { RefrainError } from '@refrain/core';
import { CommanderError } from 'commander';
import pc from 'picocolors';

/** Exit codes of the command. */
export const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** What to print for an error, and the exit code. A user's mistake gets its message, a fault of ours its stack. */
export interface Failure {
  readonly exitCode: number;
  readonly text: string;
}

/** Codes that mean the command was called wrongly. */
const USAGE_CODES = new Set([
  'POLICY_UNKNOWN',
  'POLICY_SYNTAX',
  'POLICY_OPTIONS',
  'OPTION_INVALID',
  'PROMPTS_UNREADABLE',
  'POLICIES_UNREADABLE',
  'POLICIES_UNSUITABLE',
  'RECORDINGS_UNREADABLE',
  'RECORDINGS_UNSUITABLE',
  'DESIGN_UNREADABLE',
  'READ_FAILED',
  'POLICY_NOT_COMPILABLE',
  'UNKNOWN_WORD',
  'PROMPT_TOO_LONG',
  'PROMPT_EMPTY',
  'STEPS_TOO_FEW',
]);

/** Describes an error for the terminal. */
export function describeFailure(error: unknown): Failure {
  // Commander has printed its message, with a suggestion, already.
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? exitCodes.success : exitCodes.usage, text: '' };
  if (isTyped(error)) {
    const exitCode = USAGE_CODES.has(error.code) ? exitCodes.usage : exitCodes.failure;
    return { exitCode, text: `${pc.red('error')} ${error.message} ${pc.dim(`(${error.code})`)}` };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: exitCodes.failure,
    text: `${pc.red('internal error')} ${stack}\nThis is a fault of Refrain, not yours: please report it with the command line.`,
  };
}

/** Errors of all packages of the project carry a code and start with their package in brackets. */
function isTyped(error: unknown): error is Error & { code: string } {
  if (error instanceof RefrainError) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.message.startsWith('[')
  );
}
