import { readFile } from 'node:fs/promises';
import { CommandError } from '../errors.ts';

/**
 * The prompts of a command: those given one by one, then those of a file, one a line; empty lines and lines that start
 * with `#` are passed over. The same prompt twice counts once.
 *
 * @throws CommandError `PROMPTS_UNREADABLE` when the file cannot be read or has no prompt
 */
export async function gatherPrompts(
  given: readonly string[],
  file: string | undefined,
): Promise<readonly string[]> {
  const fromFile = file === undefined ? [] : await readPrompts(file);
  return [...new Set([...given, ...fromFile].map((prompt) => prompt.trim().replace(/\s+/g, ' ')))];
}

async function readPrompts(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('PROMPTS_UNREADABLE', `[refrain] cannot read the prompts of ${file}: ${reason}`, {
      cause,
    });
  }
  const prompts = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (prompts.length === 0)
    throw new CommandError('PROMPTS_UNREADABLE', `[refrain] ${file} has no prompt: write one a line`);
  return prompts;
}
