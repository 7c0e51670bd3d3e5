import type { Misfit, RunShape } from './policy.ts';

/** Constants that somebody found for one model. */
export interface Published {
  /** The architecture, as runners name it: {@link RunShape.architecture}. */
  readonly architecture: string;
  /** Who published them, with the commit or page that was read. */
  readonly source: string;
}

/**
 * True if constants for one architecture may be used for a run of another: both are the same, or the run names only the
 * family (`wan-2.1`) of which the constants name a member (`wan-2.1-14b`). A run that says nothing contradicts nothing.
 */
export function suits({ architecture }: Published, run: Pick<RunShape, 'architecture'>): boolean {
  const { architecture: own } = run;
  return own === undefined || own === architecture || architecture.startsWith(`${own}-`);
}

/**
 * A warning if constants were found for another architecture than the run's.
 *
 * @param name - of the constants, as the option `model` has it
 * @param published - the constants; none is no misfit
 * @param run - which may name its architecture
 */
export function otherModel(
  name: string,
  published: Published | undefined,
  run: Pick<RunShape, 'architecture'>,
): readonly Misfit[] {
  if (!published || suits(published, run)) return [];
  const message =
    `the constants of model=${name} were found for ${published.architecture}, and this run is of ` +
    `${run.architecture}: thresholds mean something else there, so calibrate or compare the quality`;
  return [{ severity: 'warning', code: 'other-model', message }];
}
