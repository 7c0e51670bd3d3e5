import type { TextStream } from './terminal.ts';

/** What a command gets of its process. */
export interface CommandContext {
  readonly version: string;
  readonly out: TextStream;
  readonly err: TextStream;
  /** Fires when the user wants to stop. */
  readonly signal: AbortSignal;
  /** The command line as typed, without the interpreter. */
  readonly argv: readonly string[];
}

/** The command line as it can be typed into a shell, for reports. */
export function commandLine({ argv }: Pick<CommandContext, 'argv'>): string {
  const quoted = argv.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ['refrain', ...quoted].join(' ');
}

/** Where a command tells its results, as read. */
export interface ResultOptions {
  /** A file for the results as JSON; `-` for standard output. */
  readonly json?: string;
  readonly quiet?: boolean;
}

/** Options that commands share which generate, as read. */
export interface SharedOptions extends ResultOptions {
  readonly policy?: readonly string[];
  readonly policies?: string;
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly steps?: number;
  readonly guidance?: number;
  readonly shift?: number;
  readonly seed: number;
  readonly model?: string;
  readonly provider: readonly string[];
  readonly threads: number;
  readonly out: string;
}
