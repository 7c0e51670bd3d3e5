import fc from 'fast-check';
import { courseOf, runCase } from '../cases/executed.ts';
import { executedCheck } from './executed-check.ts';
import type { PolicyLaw } from './law.ts';

/** Law 15. */
export const neverInert: PolicyLaw = {
  name: 'never-inert',
  number: 15,
  statement: 'A report without reuse names the reason, and one with reuse claims none.',
  matters: 'A cache that never engages costs time and looks like one that works.',
  fault:
    'In-place kernels make the residual zero, 0/0 is NaN, and nothing is ever reused: "output is bit-identical and slightly slower, nothing is logged".',
  runs: [
    executedCheck<number | undefined>({
      title: 'is never silently inert',
      extra: () => fc.option(fc.nat(100), { nil: undefined }),
      async check(given, maxBytes, { execute }) {
        const { report } = await runCase(given, { execute, ...(maxBytes !== undefined && { maxBytes }) });
        const inert = report.warnings.filter(({ code }) => code === 'never-reused');
        // What remembers nothing was meant to compute everything.
        const expected = report.reuseRate === 0 && given.policy.needs.history > 0 ? 1 : 0;
        const course = courseOf(given, report);
        if (inert.length !== expected)
          return {
            reason: `${inert.length} warnings say that nothing was reused, expected ${expected}`,
            course,
          };
        const vague = inert.find(({ message }) => !/^nothing was reused: .{10,}/.test(message));
        return vague ? { reason: `it says "${vague.message}", which is no reason`, course } : undefined;
      },
    }),
  ],
};
