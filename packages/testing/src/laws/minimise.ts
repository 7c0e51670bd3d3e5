import { fits } from '../cases/policy-source.ts';
import type { RunCase } from '../cases/run-case.ts';
import type { TraceValue } from '../cases/traces.ts';
import type { PolicyCase } from './properties.ts';

/**
 * Makes a case that breaks a law as small as it gets, one thing after the other: fewer steps, one branch, one call, fewer
 * blocks, no modules, plain timesteps, zeros. What draws cases at random makes them smaller too, but it cannot come back
 * to the shape of a run once it has begun with what belongs to it.
 *
 * @param given - breaks a law
 * @param isBroken - true if a smaller one still does
 */
export async function minimise(
  given: PolicyCase,
  isBroken: (smaller: PolicyCase) => Promise<boolean>,
): Promise<PolicyCase> {
  let smallest = given;
  // Each round tries everything again: what could not be left out may be possible now.
  for (let smaller = true; smaller;) {
    smaller = false;
    for (const candidate of smallerCases(smallest)) {
      if (!fits(candidate.policy, candidate.run) || !(await isBroken(candidate))) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}

function* smallerCases(given: PolicyCase): Generator<PolicyCase> {
  const { run } = given;
  if (run.branches.length > 1) yield withRun(given, { branches: run.branches.slice(0, 1) });
  if (run.callsPerStep > 1) yield withRun(given, { callsPerStep: 1 });
  if (run.modules.length > 0) yield withRun(given, { modules: [] });
  if (run.blocks > 1) yield withRun(given, { blocks: 1 });
  if (run.blocks > 2) yield withRun(given, { blocks: run.blocks - 1 });
  if (run.sampler !== undefined && run.sampler !== 'descending')
    yield withRun(given, { sampler: 'descending' });
  yield* shorterCases(given);
  yield* simplerCases(given);
}

function withRun(given: PolicyCase, change: Partial<RunCase>): PolicyCase {
  return { ...given, run: { ...given.run, ...change } };
}

/** Stretches of steps left out, the longest first: what counts to three is not seen by leaving out one. */
function* shorterCases(given: PolicyCase): Generator<PolicyCase> {
  const values = valuesOf(given);
  const most = values.length - 2;
  // Of long traces halves, quarters and so on, until they are short.
  const next = (size: number): number => (most > 16 ? Math.floor(size / 2) : size - 1);
  for (let size = most; size >= 1; size = next(size))
    for (let from = values.length - size; from >= 0; from--)
      yield withValues(given, values.toSpliced(from, size));
}

/** Each value that is no zero made one. */
function* simplerCases(given: PolicyCase): Generator<PolicyCase> {
  const values = valuesOf(given);
  for (const [step, value] of values.entries())
    if (value !== 0) yield withValues(given, values.with(step, 0));
}

function valuesOf(given: PolicyCase): readonly TraceValue[] {
  return 'trace' in given ? given.trace : given.signal;
}

function withValues(given: PolicyCase, values: readonly TraceValue[]): PolicyCase {
  const run: RunCase = { ...given.run, steps: values.length };
  if ('trace' in given) return { ...given, run, trace: values };
  return { ...given, run, signal: values.map(Number) };
}
