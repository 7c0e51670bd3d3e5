import { CommandError } from '../errors.ts';

/** What must be equal for results to belong together. */
export type Settings = Readonly<Record<string, string | number>>;

/**
 * Makes sure that work goes on with the settings with which it began.
 *
 * @param stored - of the earlier run
 * @param folder - where it was found
 * @param what - was found, for example `a comparison`
 * @param advice - what to do about it
 * @throws CommandError `RESUME_MISMATCH` that names everything that differs
 */
export function requireSame<Wanted extends Settings>(
  stored: Wanted,
  wanted: Wanted,
  folder: string,
  what: string,
  advice: string,
): void {
  const differing = Object.keys(wanted).filter((key) => stored[key] !== wanted[key]);
  if (differing.length === 0) return;
  const list = differing.map((key) => `${key} ${stored[key]} (now ${wanted[key]})`).join(', ');
  throw new CommandError('RESUME_MISMATCH', `[refrain] ${folder} holds ${what} with ${list}: ${advice}`);
}
