import type { Terminal } from '../cli/terminal.ts';
import { CommandError } from '../errors.ts';
import type { FigureRow } from '../simulation/figures.ts';
import type { Failure } from '../simulation/replay-all.ts';

/**
 * Makes sure that something came of a simulation.
 *
 * @throws CommandError `POLICIES_UNSUITABLE` that says why the first policy could not be used
 */
export function requireAny(rows: readonly FigureRow[], [first, ...others]: readonly Failure[]): void {
  if (rows.length > 0 || !first) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more such failures)`;
  throw new CommandError(
    'POLICIES_UNSUITABLE',
    `[refrain] no policy could be simulated. ${first.policy} on ${first.on}: ${first.message}${more}`,
  );
}

/** Prints what a user should know of the policies, each once. */
export function printWarnings(terminal: Terminal, rows: readonly FigureRow[]): void {
  const lines = rows.flatMap(({ policy, warnings }) =>
    warnings.map(({ message }) => `warning: ${policy}: ${message}`),
  );
  for (const line of new Set(lines)) terminal.print(line);
}

/** Prints which policies were left out, and why. */
export function printFailures(terminal: Terminal, failures: readonly Failure[]): void {
  const lines = failures.map(({ policy, message, code }) => `left out: ${policy}: ${message} (${code})`);
  for (const line of new Set(lines)) terminal.print(line);
}
