import { bwcache, relativeL1, type RunReport } from '@refrain/core';
import { sameMask, sameNumbers, type Check } from '../compare.ts';
import { gaps, mask, number, table } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { modulatedBlocks } from '../toy/toys.ts';

/** What the source's log holds where the blocks ran and the indicator was not evaluated. */
const NOT_EVALUATED = 1000;

/** BWCache: all blocks at once, by the mean change of their modulated inputs. */
export const bwcacheCases: CaseKind = {
  name: 'BWCache',
  source: 'x10ngyx/Wan2.2, a port of the released code',
  recognises: ({ fields, config }) =>
    hasAny(fields, 'modulated') || hasAny(config, 'reuse_interval', 'last_step'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: { threshold: number(0.15), reuse_interval: number(3), last_step: number(0.5) },
      fields: { modulated: table(), compute: mask(), mean_rel_l1: gaps() },
    });
    const { threshold, reuse_interval: interval, last_step: tail } = config;
    const policy = bwcache({ threshold, interval, tail });
    const toy = modulatedBlocks(fields.modulated);
    const calls = await runCalls(policy, toy, { timesteps: fields.modulated.length });
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...meansOf(fields.mean_rel_l1, calls.reports[0]),
      ],
    };
  },
};

/** The mean at each step at which the policy measured; the source also evaluates where nothing can come of it. */
function meansOf(
  expected: readonly (number | null)[] | null,
  report: RunReport | undefined,
): readonly Check[] {
  if (expected === null || report === undefined) return [];
  const measured = report.decisions.flatMap(({ step, measured: named = {} }): [number, number][] => {
    const ratios = Object.values(named).map((one) => (one.kind === 'sums' ? relativeL1(one) : Number.NaN));
    if (ratios.length === 0) return [];
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    return [[step, Number.isFinite(mean) ? mean : NOT_EVALUATED]];
  });
  const [steps, means] = [measured.map(([step]) => step), measured.map(([, mean]) => mean)];
  return sameNumbers(
    'mean_rel_l1',
    steps.map((step) => expected[step] ?? null),
    means,
    0,
  );
}
