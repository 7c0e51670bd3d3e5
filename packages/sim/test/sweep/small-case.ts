import type { OpenLoopCase } from '../replay/open-loop.ts';

/** A run that is recorded in a moment, and on which most policies can be replayed. */
export const smallCase: OpenLoopCase = {
  blocks: 3,
  modules: ['self-attention', 'mlp'],
  steps: 12,
  branches: ['conditional'],
  callsPerStep: 1,
  seed: 5,
  speed: 0.1,
};
