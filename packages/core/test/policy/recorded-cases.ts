import { readFileSync } from 'node:fs';

/** A case of a parity file: inputs and configuration as the source has them, and what it computed. */
export interface RecordedCase<Inputs, Config> {
  readonly name: string;
  readonly inputs: Inputs;
  readonly config: Config;
  /** One digit a call: 1 computed, 0 taken from the cache. */
  readonly compute: string;
}

/**
 * Cases that were recorded by running other projects' code.
 *
 * @param file - below `parity/data`
 * @param prefix - of the names of the wanted cases
 */
export function recordedCases<Case extends { readonly name: string }>(file: string, prefix: string): Case[] {
  const text = readFileSync(new URL(`../../../../parity/data/${file}`, import.meta.url), 'utf8');
  const cases = (JSON.parse(text) as Case[]).filter(({ name }) => name.startsWith(prefix));
  if (cases.length === 0) throw new Error(`${file} has no case that starts with "${prefix}"`);
  return cases;
}
