import { teacache } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, flag, integer, mask, number, numbers } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { CaseError } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, GUIDED, runCalls } from '../toy/run-calls.ts';
import { modulatedBlocks } from '../toy/toys.ts';

/** TeaCache as TeaCache4Wan2.1 has it: a call for each guidance branch, each with a sum of its own; windows in calls. */
export const teacacheWanCases: CaseKind = {
  name: 'TeaCache Wan',
  source: 'ali-vilab/TeaCache 7c10efc',
  recognises: ({ config, inputs }) => hasAny(config, 'teacache_thresh') || hasAny(inputs, 'e'),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: {
        steps: integer(0),
        num_steps: count(),
        teacache_thresh: number(),
        coefficients: numbers(),
        use_ret_steps: flag(false),
        ret_steps: integer(),
        cutoff_steps: integer(),
      },
      inputs: { e: numbers() },
      fields: { compute: mask() },
    });
    const { num_steps, teacache_thresh: threshold, coefficients, ret_steps, cutoff_steps } = config;
    const policy = teacache({
      threshold,
      coefficients,
      warmUp: pairs('ret_steps', ret_steps),
      tail: pairs('num_steps − cutoff_steps', num_steps - cutoff_steps),
    });
    const toy = modulatedBlocks(inputs.e.map((value) => [value]));
    const schedule = { timesteps: pairs('num_steps', num_steps), branches: GUIDED, calls: inputs.e.length };
    const calls = await runCalls(policy, toy, schedule);
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** A count of calls as one of steps, of two calls each. */
export function pairs(what: string, calls: number): number {
  if (calls % 2 === 0) return calls / 2;
  throw new CaseError(`config: expected an even number of calls for ${what}, got ${calls}: a step has two`);
}
