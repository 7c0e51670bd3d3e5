import { readFile } from 'node:fs/promises';
import { parsePolicy } from '@refrain/core';
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
  const fromFile = file === undefined ? [] : await readLines(file, 'prompt');
  return [...new Set([...given, ...fromFile].map((prompt) => prompt.trim().replace(/\s+/g, ' ')))];
}

/**
 * The policies of a command, in canonical form: those given one by one, then those of a file, one a line, as with prompts.
 *
 * @param defaults - where none is given
 * @throws CommandError `POLICIES_UNREADABLE` when the file cannot be read or has no policy; what `parsePolicy` throws
 */
export async function gatherPolicies(
  { policy = [], policies }: { readonly policy?: readonly string[]; readonly policies?: string },
  defaults: readonly string[],
): Promise<readonly string[]> {
  const given = [...policy, ...(policies === undefined ? [] : await readLines(policies, 'policy'))];
  return [...new Set((given.length > 0 ? given : defaults).map((id) => parsePolicy(id).id))];
}

async function readLines(file: string, what: 'prompt' | 'policy'): Promise<readonly string[]> {
  const code = what === 'prompt' ? 'PROMPTS_UNREADABLE' : 'POLICIES_UNREADABLE';
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const many = what === 'prompt' ? 'prompts' : 'policies';
    throw new CommandError(code, `[refrain] cannot read the ${many} of ${file}: ${reason}`, { cause });
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new CommandError(code, `[refrain] ${file} has no ${what}: write one a line`);
  return lines;
}
