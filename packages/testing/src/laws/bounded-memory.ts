import fc from 'fast-check';
import { courseOf, runCase } from '../cases/executed.ts';
import { executedCheck } from './executed-check.ts';
import type { PolicyLaw } from './law.ts';

/** Law 12. */
export const boundedMemory: PolicyLaw = {
  name: 'bounded-memory',
  number: 12,
  statement: 'Bytes held never exceed the budget, at any decision; after the run none are held.',
  matters:
    'Caches of features are as large as the features: without a bound, the longest video decides who crashes.',
  fault: "DiCache's FLUX windows grow by a residual a step; T-GATE never clears `self.cache`.",
  runs: [
    executedCheck<number>({
      title: 'holds no more bytes than it may, and none when it is over',
      extra: () => fc.nat(400),
      async check(given, maxBytes, { execute }) {
        const { report, error } = await runCase(given, { maxBytes, execute });
        const course = courseOf(given, report);
        const { held, peak } = report.bytes;
        if (error) return { reason: `a budget of ${maxBytes} B failed the run: ${error.message}`, course };
        if (peak > maxBytes) return { reason: `${peak} B were held of ${maxBytes} allowed`, course };
        return held > 0 ? { reason: `${held} B are held after the run`, course } : undefined;
      },
    }),
  ],
};
