import type { Misfit, Policy, RunShape } from './policy.ts';

/** With fewer steps, neighbouring ones differ so much that distilled models gain next to nothing from caching. */
const FEW_STEPS = 8;

/**
 * The misfits that any published rule can have with a run: windows that leave no step to reuse, a schedule of very few
 * steps, a sampler with more than one call per step. Policies made with {@link definePolicy} have them checked.
 *
 * @param policy - what it promises
 * @param run - the run
 */
export function generalMisfits(
  { limits, needs }: Pick<Policy, 'limits' | 'needs'>,
  run: RunShape,
): readonly Misfit[] {
  if (needs.history === 0 && !needs.model) return [];
  const { steps, callsPerStep, branches } = run;
  const { warmUp, tail } = limits(run);
  const misfits: Misfit[] = [];
  const warn = (code: Misfit['code'], message: string): void => {
    misfits.push({ severity: 'warning', code, message });
  };
  if (needs.branches === 'two' && branches.length < 2)
    misfits.push({
      severity: 'error',
      code: 'nothing-to-reuse',
      message: `it derives one guidance branch from the other, and the run has only ${branches.join()}`,
    });
  if (warmUp + tail >= steps)
    warn(
      'nothing-to-reuse',
      `the first ${warmUp} and the last ${tail} steps are computed, which leaves none of ${steps}: ` +
        'shorten the windows or run more steps',
    );
  if (steps < FEW_STEPS)
    warn(
      'few-steps',
      `${steps} steps are few: neighbouring steps of a distilled schedule differ too much for caching to pay; ` +
        `expect a gain from about ${FEW_STEPS} steps on`,
    );
  if (callsPerStep > 1)
    warn(
      'other-sampler',
      `the sampler calls the model ${callsPerStep} times a step, the policy's constants were made for one: ` +
        'each call has a cache of its own, so compare the quality before you rely on them',
    );
  return misfits;
}
