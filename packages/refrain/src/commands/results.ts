import type { CommandContext, SharedOptions } from '../cli/context.ts';
import { writeWhole } from '../compare/files.ts';

/** Writes results as JSON where the user asked for them: a file, or `-` for standard output. */
export async function writeJson(
  context: CommandContext,
  { json }: SharedOptions,
  results: unknown,
): Promise<void> {
  if (json === undefined) return;
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (json === '-') context.out.write(text);
  else await writeWhole(json, text);
}
