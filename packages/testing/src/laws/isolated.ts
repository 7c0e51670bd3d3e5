import { interleavedCommands } from '../model/interleaved.ts';
import { branchOrder, otherBranch } from './isolated-branches.ts';
import { afterInterruption, runsInTurns } from './isolated-runs.ts';
import type { PolicyLaw } from './law.ts';

/** Law 8. */
export const isolated: PolicyLaw = {
  name: 'isolated',
  number: 8,
  statement:
    'Runs, branches and prompts do not see each other; a second run equals a first; an aborted run leaves nothing behind.',
  matters: 'A state that survives its run decides over the next picture, and nobody sees why.',
  fault:
    "MagCache's Qwen port resets its counter and leaks its accumulators into the next image; cache-dit guesses the branch from odd and even calls, so that conditional and unconditional swap roles in the second generation.",
  runs: [runsInTurns, afterInterruption, branchOrder, otherBranch, interleavedCommands],
};
