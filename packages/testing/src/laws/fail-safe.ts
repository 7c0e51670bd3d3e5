import { finiteOutputs, reportedTrouble } from './fail-safe-runs.ts';
import { otherShapes, unknownBranches } from './other-passes.ts';
import type { PolicyLaw } from './law.ts';
import { reusedUnread } from './unreadable.ts';

/** Law 3. */
export const failSafe: PolicyLaw = {
  name: 'fail-safe',
  number: 3,
  statement:
    'A non-finite indicator, a zero reference, a changed shape or an unknown branch is never a reason to reuse, and the report says so.',
  matters:
    'A comparison with NaN is false, whichever way round it is written: one of the two reuses for ever.',
  fault:
    'First-block cache of diffusers computes when the change is greater than the threshold, so that NaN reuses to the end; its MagCache returns the input of the blocks on a shape mismatch.',
  course({ decisions }) {
    const index = decisions.findIndex(({ why }) => 'value' in why && !Number.isFinite(why.value));
    const record = decisions[index];
    if (!record || !('value' in record.why)) return undefined;
    return {
      reason: `the reason for step ${record.step} has the value ${record.why.value}, expected a finite number`,
      index,
    };
  },
  walk: reusedUnread,
  runs: [reportedTrouble, finiteOutputs, otherShapes, unknownBranches],
};
