import { RunError } from '@refrain/core';
import { buildProgram } from './cli/program.ts';
import type { CommandContext } from './cli/context.ts';
import { describeFailure, exitCodes } from './cli/failure.ts';

/**
 * Runs the command line.
 *
 * @param context - streams, abort signal and arguments
 * @returns the exit code: 0, 1 for a failure, 2 for a wrong call, 130 when the user stopped it
 */
export async function main(context: CommandContext): Promise<number> {
  const program = buildProgram(context);
  if (context.argv.length === 0) {
    program.outputHelp({ error: true });
    return exitCodes.usage;
  }
  try {
    await program.parseAsync([...context.argv], { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    if (context.signal.aborted || (error instanceof RunError && error.code === 'RUN_ABORTED')) {
      context.err.write('stopped\n');
      return exitCodes.interrupted;
    }
    const { exitCode, text } = describeFailure(error);
    if (text !== '') context.err.write(`${text}\n`);
    return exitCode;
  }
}
