import { parsePolicy, refrain, type Float32Feature } from '@refrain/core';
import { measureCosts, record, replay } from '@refrain/sim';
import { expect, test } from 'vitest';
import { innerSites, toyRunner, type Toy } from '../cost/toy-runner.ts';

const timesteps = Array.from({ length: 12 }, (_, step) => 999 - 80 * step);
const branches = ['conditional', 'unconditional'];

/** Six blocks of two modules whose work moves a clock, and nothing else does. */
function clockwork(): Pick<Toy, 'runner' | 'clock'> {
  const { runner, clock } = toyRunner(
    {
      enter: 20,
      exit: 10,
      value: Array.from({ length: 12 }, (_, at) => 40 + at),
      apply: Array.from({ length: 12 }, () => 10),
      launch: 0,
      tap: 0,
      sketchTap: 0,
      combine: 6,
      subtract: 5,
      finite: 0,
      compare: 3,
      sketch: 0,
    },
    { sites: innerSites(6) },
  );
  const latent = (): Float32Feature => Float32Array.of(1, 2, 3, 4);
  const model = { sample: latent, feature: latent, output: () => undefined };
  const lowPass = (): Float32Feature => (clock.spend(70), latent());
  return { runner: { ...runner, model, ops: { ...runner.ops, lowPass } }, clock };
}

async function carriedOut(id: string): Promise<number> {
  const { runner, clock } = clockwork();
  const run = refrain(runner, parsePolicy(id)).start({ timesteps, branches });
  for (const step of timesteps.keys())
    for (const branch of branches) await run.step(undefined, { step, branch });
  run.end();
  return clock.now() / 1000;
}

async function predicted(id: string): Promise<number | null> {
  const { runner, clock } = clockwork();
  const at = { step: 0, call: 0, branch: 'conditional', timestep: 500 };
  const costs = await measureCosts(runner, { input: undefined, at, now: clock.now });
  const recorded = record(runner, { costs }).start({ timesteps, branches });
  for (const step of timesteps.keys())
    for (const branch of branches) await recorded.step(undefined, { step, branch });
  return replay(parsePolicy(id), recorded.recording()).seconds;
}

test.each([
  'never',
  'fora(interval=2,cache=stack)',
  'fora(interval=3)',
  'bwcache(threshold=0.1,interval=2)',
  'bwcache(threshold=0.1,interval=2,form=paper)',
  'bwcache(threshold=0.1,interval=2,select=blocks)',
  'forecast(fora(interval=3,cache=stack),order=1,rule=official)',
  'pab(spatial=2,low=300,high=900)',
  'cfgcache(start=30%)',
  'dbprune(threshold=0.1,warmUp=2)',
  'teacache(threshold=0.1)',
  'fbcache(threshold=0.1)',
  'dbcache(threshold=0.1,front=2,back=1,warmUp=2)',
  'dicache(threshold=0.1)',
  'easycache(threshold=0.1)',
  'adacache(codebook=slow)',
  'magcache(threshold=0.1,model=latte-mini,maxSkip=2)',
  'deltaDit(interval=2,bound=60%,blocks=50%)',
  'taylorseer(interval=3,order=2,warmUp=2)',
  'fastercache(start=30%)',
  'tgate(gate=6,spInterval=2)',
])('the seconds that %s is predicted to take are those that it takes', async (id) => {
  const [told, taken] = [await predicted(id), await carriedOut(id)];
  expect((told ?? 0) / taken).toBeCloseTo(1, 3);
});
