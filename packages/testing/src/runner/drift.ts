import { RefrainError } from '@refrain/core';
import fc from 'fast-check';
import { passCases } from './cases.ts';
import type { RunnerLaw } from './law.ts';
import { policyTable } from '../policies/policies.ts';
import { fits } from '../cases/policy-source.ts';
import type { RunCase } from '../cases/run-case.ts';

/** Law 13. */
export const boundedDrift: RunnerLaw = {
  name: 'bounded-drift',
  statement:
    'On a runner with known Lipschitz constants the cached run stays as near to the plain one as the analytic bound says.',
  matters:
    'Where the mathematics is known, an error beyond its bound is a fault in the cache, not in the approximation.',
  fault: 'LightX2V moves its reference at every step, so that small changes add up without ever being seen.',
  excused: ({ drift }) => (drift ? undefined : 'no constants are known: give `drift`'),
  cases: passCases,
  async problem(subject, { variant, dice }) {
    const run = runOf(subject);
    const makers = Object.values(policyTable);
    const make = makers[dice % makers.length];
    const [policy] = make ? fc.sample(make(run), { numRuns: 1, seed: dice }) : [];
    if (!policy || !subject.drift || !fits(policy, run)) return undefined;
    try {
      const { drift, bound } = await subject.drift(policy, variant);
      // What overflowed has drifted without end.
      return (Number.isNaN(drift) ? Infinity : drift) <= bound
        ? undefined
        : `${policy.id} drifts by ${drift}, the bound is ${bound}`;
    } catch (error) {
      // What a runner does not offer, and constants that do not fit, are refused before the first step.
      if (error instanceof RefrainError && ['POLICY_NEEDS', 'POLICY_FIT'].includes(error.code))
        return undefined;
      throw error;
    }
  },
};

function runOf({ runner, timesteps, branches }: Parameters<RunnerLaw['problem']>[0]): RunCase {
  const blocks = runner.sites.filter(({ level }) => level === 'block').length;
  const first = runner.sites.find(({ level }) => level === 'block');
  const modules = runner.sites.flatMap((site) =>
    site.level === 'inner' && site.block === first?.name ? [site.kind] : [],
  );
  return { steps: timesteps.length, blocks, modules, branches, callsPerStep: 1 };
}
