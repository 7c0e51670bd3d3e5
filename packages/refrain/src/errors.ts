import { RefrainError } from '@refrain/core';

/** What a command can refuse to do, for programs. */
export type CommandErrorCode =
  | 'OPTION_INVALID'
  | 'PROMPTS_UNREADABLE'
  | 'POLICIES_UNREADABLE'
  | 'POLICIES_UNSUITABLE'
  | 'RECORDINGS_UNREADABLE'
  | 'RECORDINGS_UNSUITABLE'
  | 'DESIGN_UNREADABLE'
  | 'OUTPUT_NOT_WRITABLE'
  | 'RESUME_MISMATCH'
  | 'RESUME_UNREADABLE'
  | 'LAW_BROKEN'
  | 'MODEL_UNSUITABLE'
  | 'GENERATION_NOT_FINITE';

/** A mistake in the use of the command line, or a place that it cannot read or write. */
export class CommandError extends RefrainError<CommandErrorCode> {}
