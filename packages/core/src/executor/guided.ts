import { RunError, RunnerError } from '../errors.ts';
import type { BlockRunner } from '../pass/runner.ts';
import { Workbench } from './workbench.ts';
import type { Holdings } from './holdings.ts';

/** A step with classifier-free guidance. */
export interface GuidedPlace {
  /** Index of the step, 0 … steps − 1. */
  readonly step: number;
  /** Call within the step. Default 0. */
  readonly call?: number;
  /** Guidance scale s of u + s · (c − u); 1 gives the conditional output. */
  readonly scale: number;
}

/**
 * Combines the outputs of two branches: u + s · (c − u), as s · c + (1 − s) · u in float64, rounded once.
 *
 * @param runner - has a model site
 * @param holdings - accounts for features in work
 * @param outputs - conditional, unconditional
 * @param scale - s
 * @throws RunnerError `RUNNER_CONTRACT` when the runner has no model site
 */
export async function combineGuidance<Feature extends object, Output>(
  { model, ops, name }: BlockRunner<never, Feature, Output>,
  holdings: Holdings<Feature>,
  [conditional, unconditional]: readonly [Output, Output],
  scale: number,
): Promise<Output> {
  if (!model)
    throw new RunnerError(
      'RUNNER_CONTRACT',
      `[core] runner "${name}" has no model site, which guidance needs: declare \`model\`, or combine outputs yourself`,
    );
  const bench = new Workbench(holdings);
  try {
    const c = bench.adopt(await model.feature(conditional));
    const u = bench.adopt(await model.feature(unconditional));
    const terms = [
      { weight: scale, feature: c },
      { weight: 1 - scale, feature: u },
    ];
    return await model.output(bench.adopt(await ops.combine(terms)));
  } finally {
    bench.clear();
  }
}

/** The inputs of a guided step in the order of the run's branches. */
export function requireGuided<Input>(
  inputs: Readonly<Record<string, Input>>,
  branches: readonly string[],
  scale: number,
): readonly { readonly branch: string; readonly input: Input }[] {
  if (!Number.isFinite(scale))
    throw new RunError('RUN_OPTIONS', `[core] scale: expected a finite guidance scale, got ${scale}`);
  if (branches.length > 2)
    throw new RunError(
      'RUN_OPTIONS',
      `[core] guidance combines a conditional and an unconditional branch, this run has ${branches.length}`,
    );
  return branches.map((branch) => {
    const input = inputs[branch];
    if (input !== undefined) return { branch, input };
    const got = Object.keys(inputs).join(', ') || 'none';
    throw new RunError(
      'RUN_OPTIONS',
      `[core] expected an input for each of ${branches.join(', ')}, got ${got}`,
    );
  });
}
