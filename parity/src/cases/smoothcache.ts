import { smoothcache, smoothcacheSchedule } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, integer, mask, number, table } from '../fields.ts';
import { hasAny, type CaseKind } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { moduleBlock } from '../toy/toys.ts';

/** SmoothCache: a schedule scanned from calibrated errors, and run. */
export const smoothcacheCases: CaseKind = {
  name: 'SmoothCache',
  source: 'Roblox/SmoothCache edeb4ed',
  recognises: ({ config, fields }) =>
    hasAny(config, 'schedule_length', 'lookahead') || hasAny(fields, 'rows'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: { schedule_length: count(), threshold: number(), lookahead: integer(3) },
      fields: { rows: table(), compute: mask() },
    });
    const { schedule_length: steps, threshold, lookahead } = config;
    const policy = smoothcache({
      default: smoothcacheSchedule({ errors: fields.rows, threshold, lookahead, steps }),
    });
    const toy = moduleBlock(['self-attention']);
    const calls = await runCalls(policy, toy, { timesteps: steps });
    return { policy: policy.id, checks: [sameMask('compute', fields.compute, digits(calls, toy))] };
  },
};
