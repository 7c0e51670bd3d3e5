import { deltaDit, PolicyConfigError, taylorseer, type Policy, type RunReport } from '@refrain/core';
import { sameMask, sameNumbers, sameWords } from '../compare.ts';
import { count, flag, gaps, integer, mask, numbers, optional, texts } from '../fields.ts';
import { hasAll, hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { addingBlocks, moduleBlock } from '../toy/toys.ts';

/** TaylorSeer's own scheduler, with its modes that reuse instead of forecasting. */
export const taylorseerCases: CaseKind = {
  name: 'TaylorSeer',
  source: 'Shenyi-Z/TaylorSeer 288776d',
  recognises: ({ config }) => hasAny(config, 'first_enhance'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: {
        steps: count(),
        interval: integer(),
        first_enhance: integer(1),
        taylor: flag(true),
        delta: flag(false),
        max_order: integer(1),
      },
      fields: { compute: mask(), activated: optional(numbers()), types: optional(texts()) },
    });
    const reused = config.taylor ? 'Taylor' : config.delta ? 'Delta-Cache' : 'ToCa';
    const policy = officialPolicy(config, reused);
    const toy = reused === 'Delta-Cache' ? addingBlocks(4, []) : moduleBlock(['self-attention', 'mlp']);
    const calls = await runCalls(policy, toy, { timesteps: config.steps });
    const computed = digits(calls, toy);
    // The source's list begins with a 0 before the first step is counted.
    const activated = [
      '0',
      ...computed.split('').flatMap((digit, step) => (digit === '1' ? [`${step}`] : [])),
    ];
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, computed),
        ...sameWords('activated', fields.activated && fields.activated.map(String), activated),
        ...sameWords('types', fields.types, typesOf(computed, calls.reports[0], reused)),
      ],
    };
  },
};

type Reuse = 'Taylor' | 'Delta-Cache' | 'ToCa';

/** Without forecasts only step 0 is computed at the start, whatever `first_enhance` says, as in the source. */
function officialPolicy(
  config: { readonly interval: number; readonly first_enhance: number; readonly max_order: number },
  reused: Reuse,
): Policy {
  const { interval } = config;
  if (reused === 'Taylor')
    return taylorseer({ interval, warmUp: config.first_enhance, order: config.max_order });
  if (reused === 'Delta-Cache') return deltaDit({ interval, variant: 'taylorseer' });
  return taylorseer({ interval, warmUp: 1, order: 0 });
}

/** What the source calls each step; the reason of a decision tells where that changes from step to step. */
function typesOf(computed: string, report: RunReport | undefined, reused: Reuse): readonly string[] {
  return computed.split('').map((digit, step) => {
    if (digit === '1') return 'full';
    const reasons =
      report?.decisions.filter((decision) => decision.step === step && decision.did === 'reused') ?? [];
    return reasons.map(({ why }) => (why.kind === 'rule' ? why.text : reused))[0] ?? 'nothing';
  });
}

/** TaylorSeer as diffusers' hooks have it: the forecasts of one attention. */
export const diffusersTaylorseerCases: CaseKind = {
  name: 'diffusers TaylorSeer',
  source: 'huggingface/diffusers 58eb52c0',
  recognises: ({ config, inputs }) =>
    hasAny(config, 'cache_interval', 'disable_cache_before_step') ||
    (hasAny(config, 'max_order') && hasAll(inputs, 'y')),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: {
        cache_interval: integer(5),
        disable_cache_before_step: integer(3),
        disable_cache_after_step: optional(integer()),
        max_order: integer(1),
      },
      inputs: { y: numbers() },
      fields: { compute: mask(), out: gaps() },
    });
    const { cache_interval: interval, disable_cache_before_step: before, max_order: order } = config;
    const after = config.disable_cache_after_step ?? 'none';
    // Without a warm-up the source forecasts its first step, and fails, unless it computes all of them.
    const warmUp = interval === 1 || after === 0 ? Math.max(1, before) : before;
    const make = (): Policy => taylorseer({ variant: 'diffusers', interval, warmUp, after, order });
    // Where the source fails before its first call, so must we.
    if (fields.compute === '')
      return { policy: 'none', checks: [sameMask('compute', '', refused(make) ? '' : '?')], refused: true };
    const policy = make();
    const toy = moduleBlock(['self-attention'], inputs.y);
    const calls = await runCalls(policy, toy, { timesteps: inputs.y.length });
    return {
      policy: policy.id,
      checks: [
        sameMask('compute', fields.compute, digits(calls, toy)),
        ...sameNumbers('out', fields.out, calls.out),
      ],
    };
  },
};

function refused(make: () => Policy): boolean {
  try {
    make();
    return false;
  } catch (error) {
    if (error instanceof PolicyConfigError) return true;
    throw error;
  }
}
