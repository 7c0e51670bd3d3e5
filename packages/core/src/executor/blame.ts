import { PolicyError, RefrainError, RunError, RunnerError } from '../errors.ts';
import type { PassInfo } from '../pass/runner.ts';
import type { Policy } from '../policy/policy.ts';

/**
 * Asks a policy something. What it throws by mistake is its own error, not the runner's.
 *
 * @throws PolicyError `POLICY_CONTRACT` with the policy's error as cause
 */
export function askPolicy<T>(policy: Pick<Policy, 'id'>, question: () => T): T {
  try {
    return question();
  } catch (error) {
    if (error instanceof RefrainError) throw error;
    throw new PolicyError('POLICY_CONTRACT', `[core] ${policy.id} threw: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * The same for a function that came with the options of the run.
 *
 * @param option - its name
 * @param error - what it threw
 * @throws RunError `RUN_OPTIONS` with the function's error as cause
 */
export function blameOption(option: string, error: unknown): never {
  throw new RunError('RUN_OPTIONS', `[core] ${option} threw: ${messageOf(error)}`, { cause: error });
}

/**
 * Gives a runner's own error the place where it happened; what it throws because of an abort is the abort.
 *
 * @param error - whatever was thrown in a pass
 * @param runner - name of the runner
 * @param info - where in the run it happened
 */
export function explainError(
  error: unknown,
  runner: string,
  { step, branch, signal }: PassInfo,
): RefrainError {
  const own = error instanceof RefrainError ? error : undefined;
  if (own && own.code !== 'RUNNER_FAILED') return own;
  if (signal?.aborted) return abortError(signal, `at step ${step}`);
  if (own) return own;
  const place = `[core] runner "${runner}" failed at step ${step} of ${branch}`;
  return new RunnerError('RUNNER_FAILED', `${place}: ${messageOf(error)}`, { cause: error });
}

/**
 * The error of an aborted run, with the signal's reason as its cause.
 *
 * @param signal - that was aborted
 * @param place - where the run was, for example `at step 3`
 */
export function abortError(signal: AbortSignal | undefined, place: string): RunError {
  return new RunError('RUN_ABORTED', `[core] the run was aborted ${place}`, { cause: signal?.reason });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
