import { pab } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { integer, mask, numbers, pair } from '../fields.ts';
import { hasAll, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { moduleBlock } from '../toy/toys.ts';

/** Pyramid Attention Broadcast of one attention, as VideoSys schedules it. */
export const pabVideosysCases: CaseKind = {
  name: 'PAB VideoSys',
  source: 'NUS-HPC-AI-Lab/VideoSys 4cce477',
  recognises: ({ config }) => hasAll(config, 'range', 'threshold'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: { range: integer(), threshold: pair(), steps: integer(0), timesteps: numbers() },
      fields: { compute: mask() },
    });
    const { range, timesteps } = config;
    const [low, high] = config.threshold;
    const kind = kindOf(given.name);
    const policy = pab({ spatial: 1, temporal: 1, cross: 1, [kind]: range, low, high });
    const toy = moduleBlock([`${kind}-attention`]);
    // The source's counter of steps starts anew after so many.
    const steps = config.steps === 0 ? timesteps.length : config.steps;
    const calls = await runCalls(policy, toy, {
      timesteps: timesteps.slice(0, steps),
      calls: timesteps.length,
    });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};

/** The rule is the same for all; the name of a case says which attention it was taken from. */
function kindOf(name: string): 'spatial' | 'temporal' | 'cross' {
  return (['temporal', 'cross'] as const).find((word) => name.includes(word)) ?? 'spatial';
}
