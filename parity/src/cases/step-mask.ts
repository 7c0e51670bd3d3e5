import { dbcache, RefrainError, stepMaskPresets } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { choice, integer, mask, text } from '../fields.ts';
import { hasAll, type Case, type CaseKind } from '../kind.ts';
import { CaseError, read } from '../read.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { addingBlocks } from '../toy/toys.ts';

/** What stands for a mask that the source refuses to make. */
const REFUSED = 'ERR';

/** cache-dit's predefined masks, as DBCache obeys them when no indicator may say otherwise. */
export const stepMaskCases: CaseKind = {
  name: 'cache-dit steps mask',
  source: 'vipshop/cache-dit f86744af',
  recognises: ({ fields }) => hasAll(fields, 'schedule', 'mask'),
  async run(given) {
    const { preset, steps, expected } = readSchedule(given);
    const policy = dbcache({ front: 1, warmUp: 0, mask: preset, maskPolicy: 'static' });
    const toy = addingBlocks(2, []);
    const actual = await runCalls(policy, toy, { timesteps: steps }).then(
      (calls) => digits(calls, toy),
      (error: unknown) => {
        if (error instanceof RefrainError) return REFUSED;
        throw error;
      },
    );
    return { policy: policy.id, checks: [sameMask('mask', expected, actual)] };
  },
};

function readSchedule(given: Case): {
  readonly preset: (typeof stepMaskPresets)[number];
  readonly steps: number;
  readonly expected: string;
} {
  const { fields } = readCase(given, { config: {}, fields: { schedule: text(), mask: mask() } });
  const [policy, count, ...rest] = fields.schedule.split(':');
  if (rest.length > 0) throw new CaseError(`expected policy:steps, got "${fields.schedule}"`);
  const { preset, steps } = read(
    'schedule',
    { preset: policy, steps: Number(count) },
    { preset: choice(stepMaskPresets), steps: integer() },
  );
  return { preset, steps, expected: fields.mask.startsWith(REFUSED) ? REFUSED : fields.mask };
}
