import { teacache, teacacheModels } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, mask, number, numbers } from '../fields.ts';
import { hasAll, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { modulatedBlocks } from '../toy/toys.ts';

/** TeaCache as TeaCache4FLUX has it: one call a step, first and last step computed. */
export const teacacheFluxCases: CaseKind = {
  name: 'TeaCache FLUX',
  source: 'ali-vilab/TeaCache 7c10efc',
  recognises: ({ config, inputs }) => hasAll(config, 'rel_l1_thresh') && hasAll(inputs, 'modulated'),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: {
        num_steps: count(),
        rel_l1_thresh: number(),
        coefficients: numbers(teacacheModels.flux.coefficients),
      },
      inputs: { modulated: numbers(), repeat: count(1) },
      fields: { compute: mask() },
    });
    const { num_steps: steps, rel_l1_thresh: threshold, coefficients } = config;
    const policy = teacache({ threshold, coefficients });
    const calls = Array.from({ length: inputs.repeat }, () => inputs.modulated).flat();
    const toy = modulatedBlocks(calls.map((value) => [value]));
    const ran = await runCalls(policy, toy, { timesteps: steps, calls: calls.length });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(ran, toy))] };
  },
};
