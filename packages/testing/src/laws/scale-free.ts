import fc from 'fast-check';
import { courseOf, runCase, verdicts } from '../cases/executed.ts';
import { finiteSignals } from '../cases/signals.ts';
import { Walker } from '../walk/walk.ts';
import { traceWorld } from '../walk/world.ts';
import { verdictDifference } from './verdict-difference.ts';
import { executedCheck } from './executed-check.ts';
import { firstDifference } from './alike.ts';
import type { PolicyLaw } from './law.ts';

/** Law 9. */
export const scaleFree: PolicyLaw = {
  name: 'scale-free',
  number: 9,
  statement: 'Multiplying all features by c > 0 changes no decision of a relative indicator.',
  matters:
    'Activations of one model are a thousand times those of another; a threshold must mean the same on both.',
  fault:
    "vllm-omni's TeaCache adds 1e-8 to the denominator and stable-diffusion.cpp's cache-dit mode 1e-6: on small features the constant decides.",
  walk(given, course) {
    const { policy, run, trace } = given;
    // Numbers at the edge of float32 leave it when they are scaled: that is not what this law is about.
    if (!trace.every((value) => typeof value !== 'number' || isMidRange(value))) return undefined;
    const scaled = new Walker(policy, run, traceWorld(trace, 64)).all();
    const index = verdictDifference(course.decisions, scaled.decisions);
    return index === undefined
      ? undefined
      : { reason: 'it decides otherwise when both sums are 64 times as large', index };
  },
  runs: [
    executedCheck<number>({
      title: 'decides the same whatever the power of two that all features are multiplied by',
      signals: finiteSignals,
      extra: () => fc.integer({ min: -20, max: 20 }),
      async check(given, exponent, { execute }) {
        const signal = given.signal.map((value) => value * 2 ** exponent);
        const one = await runCase(given, { execute });
        const two = await runCase({ ...given, signal }, { execute });
        const index = firstDifference(verdicts(two.report.decisions), verdicts(one.report.decisions));
        return index === undefined
          ? undefined
          : {
              reason: `it decides otherwise when all features are multiplied by ${2 ** exponent}`,
              course: courseOf(given, one.report),
              index,
            };
      },
    }),
  ],
};

function isMidRange(value: number): boolean {
  return value === 0 || (Math.abs(value) > 1e-30 && Math.abs(value) < 1e30) || !Number.isFinite(value);
}
