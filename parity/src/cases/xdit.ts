import { fbcache, teacache, teacacheModels } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, mask, number, numbers, text } from '../fields.ts';
import { hasAll, type Case, type CaseKind } from '../kind.ts';
import { CaseError } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { addingBlocks, modulatedBlocks } from '../toy/toys.ts';

const SOURCE = 'xdit-project/xDiT 175e0bf';

/** Both methods of xDiT look alike in a case: its name must say which it is. */
function isXdit({ config, fields }: Case): boolean {
  return hasAll(config, 'rel_l1_thresh') && hasAll(fields, 's');
}

function readXdit(given: Case): {
  readonly threshold: number;
  readonly steps: number;
  /** Whose coefficients TeaCache takes. */
  readonly model: string;
  /** What is seen at each call of all generations; the source keeps counting from one to the next. */
  readonly series: readonly number[];
  readonly compute: string;
} {
  const { config, fields } = readCase(given, {
    config: { rel_l1_thresh: number(), num_steps: count(), name: text('default') },
    fields: { s: numbers(), gens: count(1), compute: mask() },
  });
  return {
    threshold: config.rel_l1_thresh,
    steps: config.num_steps,
    model: config.name,
    series: Array.from({ length: fields.gens }, () => fields.s).flat(),
    compute: fields.compute,
  };
}

/** xDiT has coefficients for one model; `default` stands for the change itself. */
function coefficientsOf(model: string): readonly number[] {
  if (model === 'flux') return teacacheModels.flux.coefficients;
  if (model === 'default') return [1, 0];
  throw new CaseError(`config.name: expected "flux" or "default" for TeaCache, got "${model}"`);
}

/** First Block Cache as xDiT has it, which compares with the residual after a computed step. */
export const xditFbcacheCases: CaseKind = {
  name: 'xDiT FBCache',
  source: SOURCE,
  recognises: isXdit,
  hint: /fb|first/i,
  async run(given) {
    const { threshold, series, compute } = readXdit(given);
    const policy = fbcache({ threshold, variant: 'xdit' });
    const toy = addingBlocks(3, series);
    const calls = await runCalls(policy, toy, { timesteps: series.length });
    return { policy: policy.id, checks: [sameMask('compute', compute, digits(calls, toy))] };
  },
};

/** TeaCache as xDiT has it, whose counter runs one call late. */
export const xditTeacacheCases: CaseKind = {
  name: 'xDiT TeaCache',
  source: SOURCE,
  recognises: isXdit,
  hint: /tea/i,
  async run(given) {
    const { threshold, model, steps, series, compute } = readXdit(given);
    const coefficients = coefficientsOf(model);
    const policy = teacache({ threshold, coefficients, variant: 'xdit', generation: steps });
    const toy = modulatedBlocks(series.map((value) => [value]));
    const calls = await runCalls(policy, toy, { timesteps: series.length });
    return { policy: policy.id, checks: [sameMask('compute', compute, digits(calls, toy))] };
  },
};
