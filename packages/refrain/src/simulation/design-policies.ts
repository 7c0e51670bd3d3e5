import { readFile } from 'node:fs/promises';
import {
  defaultDesign,
  gridDesign,
  randomDesign,
  readDesign,
  type Design,
  type Recording,
} from '@refrain/sim';
import { CommandError } from '../errors.ts';

/** Which policies of a design are wanted. */
export interface DesignChoice {
  /** A JSON file with a design; left out: the default design. */
  readonly design?: string;
  /** So many policies that fill the space of parameters. */
  readonly count: number;
  /** All combinations of so many values of each range, in the place of `count`. */
  readonly grid?: number;
  readonly seed: number;
}

/**
 * The policies of a design.
 *
 * @param recordings - that they are for
 * @throws CommandError `DESIGN_UNREADABLE`, SimError `OPTION_INVALID`
 */
export async function designPolicies(
  { design: file, count, grid, seed }: DesignChoice,
  recordings: readonly Recording[],
): Promise<readonly string[]> {
  const design = await openDesign(file, recordings);
  return grid === undefined ? randomDesign(design, count, seed) : gridDesign(design, grid);
}

/**
 * Reads a design.
 *
 * @param file - of JSON; left out: the default design for the recordings
 * @throws CommandError `DESIGN_UNREADABLE`, SimError `OPTION_INVALID`
 */
export async function openDesign(
  file: string | undefined,
  recordings: readonly Recording[],
): Promise<Design> {
  if (file === undefined) return defaultDesign(recordings);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('DESIGN_UNREADABLE', `[refrain] cannot read the design ${file}: ${reason}`, {
      cause,
    });
  }
  return readDesign(json);
}
