import { easycache } from '@refrain/core';
import { sameMask, sameNumbers } from '../compare.ts';
import { count, gaps, integer, mask, number, numbers } from '../fields.ts';
import { hasAll, hasAny, type Case, type CaseKind } from '../kind.ts';
import { CaseError } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, GUIDED, runCalls } from '../toy/run-calls.ts';
import { wholeModel } from '../toy/toys.ts';
import { watched } from '../toy/watched.ts';
import { pairs } from './teacache-wan.ts';

const SOURCE = 'H-EmbodVis/EasyCache 5127804';

/** EasyCache as its script for HunyuanVideo has it: one call a step. */
export const easycacheHunyuanCases: CaseKind = {
  name: 'EasyCache Hunyuan',
  source: SOURCE,
  recognises: (given) => isEasycache(given) && !isWan(given),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: { num_steps: count(), ret_steps: integer(5), thresh: number(0.025) },
      inputs: { x: numbers(), y: numbers() },
      fields: { compute: mask(), k: gaps() },
    });
    const { num_steps: steps, ret_steps: warmUp, thresh: threshold } = config;
    const { policy, stateAfter } = watched(
      easycache({ threshold, warmUp: first(warmUp), variant: 'hunyuan' }),
    );
    const toy = wholeModel(inputs.x, inputs.y);
    const calls = await runCalls(policy, toy, { timesteps: steps, calls: inputs.x.length });
    // What is computed last is compared with nothing: the policy does not look at it, the source does.
    const compared = Math.min(steps, inputs.x.length) - 1;
    const rates = Array.from({ length: compared }, (_, step) => stateAfter(step)?.rate ?? null);
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...sameNumbers('k', fields.k && fields.k.slice(0, compared), rates, 0),
      ],
    };
  },
};

/** EasyCache as its script for Wan 2.1 has it: the conditional call of a step decides for both. */
export const easycacheWanCases: CaseKind = {
  name: 'EasyCache Wan',
  source: SOURCE,
  recognises: (given) => isEasycache(given) && isWan(given),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: {
        steps: integer(0),
        num_steps: count(),
        ret_steps: integer(20),
        cutoff_steps: integer(0),
        thresh: number(0.05),
      },
      inputs: { x: numbers(), y: numbers() },
      fields: { compute: mask() },
    });
    const { num_steps, ret_steps, cutoff_steps, thresh: threshold } = config;
    if (cutoff_steps !== 0 && cutoff_steps !== num_steps - 2)
      throw new CaseError(
        `config.cutoff_steps: expected num_steps − 2 as the source has it, got ${cutoff_steps}`,
      );
    const policy = easycache({ threshold, warmUp: first(pairs('ret_steps', ret_steps)), variant: 'wan' });
    const toy = wholeModel(inputs.x, inputs.y);
    const schedule = { timesteps: pairs('num_steps', num_steps), branches: GUIDED, calls: inputs.x.length };
    const calls = await runCalls(policy, toy, schedule);
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** The first step is computed whatever the source is told: there is nothing to compare with. */
function first(warmUp: number): number {
  return Math.max(1, warmUp);
}

function isEasycache({ inputs }: Case): boolean {
  return hasAll(inputs, 'x', 'y');
}

function isWan({ config }: Case): boolean {
  return hasAny(config, 'steps', 'cutoff_steps');
}
