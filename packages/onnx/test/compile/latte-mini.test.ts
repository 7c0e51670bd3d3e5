import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxRunner } from '../../src/index.ts';
import { latteInput, latteMini } from '../latte-mini.ts';
import { lockstep, type Subject } from './lockstep.ts';

const timesteps = [1000, 900, 780, 650, 500, 340, 160];

describe('a generation of latte-mini: the compiled graph and the executor', () => {
  let subject: Subject;
  beforeAll(async () => {
    const model = await latteMini();
    const runner = await onnxRunner({ model, selfCheck: false });
    const input = (timestep: number, branch: number): ReturnType<typeof latteInput> =>
      latteInput(1, timestep, 7 + branch);
    subject = { runner, model, latent: 'hidden_states', input };
  });
  afterAll(async () => subject.runner.dispose());

  test.each([
    'fbcache(threshold=0.3)',
    'teacache(threshold=0.3,signal=timestep-embedding)',
    'bwcache(threshold=0.3,stride=61)',
    'bwcache(threshold=0.3,form=paper,interval=2)',
    'easycache(threshold=0.2,warmUp=3)',
    'magcache(model=latte-mini,threshold=0.3,maxSkip=3)',
    'fora(interval=3)',
  ])('%s', async (id) => {
    const { executor, compiled, difference } = await lockstep(subject, id, {
      timesteps,
      // Branches have states of their own; one policy is enough to show it.
      branches: id.startsWith('magcache') ? ['conditional', 'unconditional'] : ['conditional'],
    });
    expect(compiled).toBe(executor);
    expect(executor).toContain('0');
    expect(difference).toBeLessThan(1e-5);
  });
});
