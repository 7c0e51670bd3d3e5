import type { Pass } from '../pass/runner.ts';
import { requireResult } from './contract.ts';
import type { RunContext } from './walk.ts';
import { Workbench } from './workbench.ts';

/**
 * Computes an entered pass to its end without asking a policy or keeping anything. Frees all features, also after an error.
 *
 * @param context - runner and stores of the run
 * @param pass - as entered
 */
export async function computePlainly<Input, Feature extends object, Output>(
  { runner, stream, recorder, holdings }: RunContext<Input, Feature, Output>,
  pass: Pass<Feature, Output>,
): Promise<Output> {
  try {
    const bench = new Workbench(holdings);
    try {
      bench.open(pass, runner.ops);
      const values = new Map<number, Feature>();
      const span = { from: 0, until: stream.length, x: pass.x, values, taps: [] };
      const result = await recorder.time('compute', () => pass.span(span));
      bench.adoptResult(result);
      requireResult(result, 0, pass.x, runner.name);
      return await recorder.time('frame', () => pass.exit(result.x));
    } finally {
      bench.clear();
    }
  } finally {
    pass.release?.();
  }
}
