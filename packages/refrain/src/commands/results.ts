import { dirname } from 'node:path';
import type { CommandContext, ResultOptions } from '../cli/context.ts';
import { openTerminal, type Terminal } from '../cli/terminal.ts';
import { requireWritable, writeWhole } from '../compare/files.ts';
import { renderSimulation } from '../simulation-report/render.ts';
import type { SimulationReport } from '../simulation-report/report-data.ts';

/**
 * Opens the terminal of a command. With results on standard output, nothing else may go there.
 *
 * @param files - that the command will write, where they are wanted: hours of work should not end at a folder that cannot
 * be written
 * @throws CommandError `OUTPUT_NOT_WRITABLE`
 */
export async function openResults(
  context: CommandContext,
  { json, quiet }: ResultOptions,
  files: readonly (string | undefined)[] = [],
): Promise<Terminal> {
  for (const file of [json, ...files])
    if (file !== undefined && file !== '-') await requireWritable(dirname(file));
  const out = json === '-' ? context.err : context.out;
  return openTerminal(out, context.err, quiet === true);
}

/** Writes results as JSON where the user asked for them: a file, or `-` for standard output. */
export async function writeJson(
  context: CommandContext,
  { json }: ResultOptions,
  results: unknown,
): Promise<void> {
  if (json === undefined) return;
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (json === '-') context.out.write(text);
  else await writeWhole(json, text);
}

/** Writes a page where the user asked for one, and says where it is. */
export async function writeReport(
  terminal: Terminal,
  file: string | undefined,
  report: () => SimulationReport,
): Promise<void> {
  if (file === undefined) return;
  await writeWhole(file, renderSimulation(report()));
  terminal.print(`report: ${file}`);
}
