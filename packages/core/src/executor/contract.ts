import { RunnerError } from '../errors.ts';
import type { SpanResult } from '../pass/runner.ts';

/**
 * Refuses a span result that breaks the contract of runners: the wrong number of features, or the input handed back.
 *
 * @throws RunnerError `RUNNER_CONTRACT`
 */
export function requireResult<Feature extends object>(
  result: SpanResult<Feature>,
  taps: number,
  input: Feature,
  runner: string,
): void {
  const problem = resultProblem(result, taps, input);
  if (problem) throw new RunnerError('RUNNER_CONTRACT', `[core] runner "${runner}": ${problem}`);
}

function resultProblem<Feature extends object>(
  result: SpanResult<Feature> | undefined,
  taps: number,
  input: Feature,
): string | undefined {
  const x: unknown = result?.x;
  if (typeof x !== 'object' || x === null)
    return `a span must return { x, taps } with a feature x, got ${typeof x}`;
  // Updated in place, the residual would be zero and the cache would repeat the wrong feature for ever.
  if (x === input)
    return 'a span returned the very feature it was given; return a new one, never update it in place';
  const got: unknown = result?.taps;
  if (!Array.isArray(got)) return `a span must return a list of taps, got ${typeof got}`;
  if (got.length !== taps) return `${taps} taps were requested and ${got.length} returned`;
  const missing = got.findIndex((tap) => typeof tap !== 'object' || tap === null);
  return missing < 0 ? undefined : `tap ${missing} is ${String(got[missing])}, expected a feature`;
}

/**
 * Refuses a list of early looks that does not fit what was asked for.
 *
 * @throws RunnerError `RUNNER_CONTRACT`
 */
export function requireLooked(looked: readonly unknown[] | undefined, wanted: number, runner: string): void {
  if (looked === undefined || (Array.isArray(looked) && looked.length === wanted)) return;
  throw new RunnerError(
    'RUNNER_CONTRACT',
    `[core] runner "${runner}": ${wanted} taps were to be looked at while entering and ${looked.length} came`,
  );
}
