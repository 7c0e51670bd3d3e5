import {
  both,
  budget,
  dbcache,
  deltaDit,
  either,
  firstOf,
  fixed,
  forecast,
  fora,
  limit,
  masked,
  pab,
  taylorseer,
  tgate,
  within,
  type Policy,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { computes, entry, generate, reuses, scripted, timestepsOf, trackedRunner } from '../testing.ts';
import { shapeOf } from './walk-purely.ts';

/** What the executor refused of a policy: steps and spans. */
async function refused(policy: Policy, steps: number, modules: 'blocks' | 'modules' = 'blocks') {
  const model =
    modules === 'blocks' ? { blocks: 4 } : { blocks: 3, modules: ['self-attention', 'mlp'] as const };
  const { report } = await generate(
    trackedRunner({ model }),
    policy,
    { timesteps: timestepsOf(steps) },
    () => 1,
  );
  const told = report.decisions.filter((record) => record.refused !== undefined);
  return {
    mask: report.mask['conditional'],
    refused: told.map(({ step, site, until }) => `${step}: ${site}–${until}`),
  };
}

/** Keeps the first half of the stream at every other step, and reuses it in between. */
const front = scripted(({ step, site }) => {
  if (step % 2 === 1 && site === 0) return reuses(2, 'residual');
  return computes(4, site === 0 ? [entry(0, 2, 'residual')] : []);
});
/** Reuses all but the first position, from step 1 on. */
const rear = scripted(({ step, site }) => {
  if (site === 0) return computes(1);
  return step === 0 ? computes(4, [entry(1, 4, 'residual')]) : reuses(4, 'residual');
});

describe('an entry whose end is jumped over by another reuse is not kept', () => {
  test('either: who wanted it does not ask for it', async () => {
    const late = scripted(({ step, site }) => {
      if (step >= 3 && step % 2 === 1 && site === 0) return reuses(2, 'residual');
      return computes(4, site === 0 && step >= 2 ? [entry(0, 2, 'residual')] : []);
    });
    expect(await refused(either(late, rear), 7)).toStrictEqual({ mask: '1pppppp', refused: [] });
  });

  test('either: registered policies', async () => {
    const pruned = budget(
      { drift: 0.001 },
      dbcache({ threshold: 0, front: 1, warmUp: 0, maskPolicy: 'static' }),
    );
    const policy = either(deltaDit({ interval: 2, bound: '10%', blocks: '60%' }), pruned);
    expect((await refused(policy, 20)).refused).toStrictEqual([]);
  });

  test('firstOf: what the outer policy keeps comes first', async () => {
    // Step 2 computes all for the outer policy, whose entry ends inside what the inner one would reuse.
    const outer = await refused(firstOf(front, rear), 4);
    expect(outer).toStrictEqual({ mask: '1p10', refused: [] });
  });

  test('forecast: it is no part of the history', async () => {
    const policy = forecast({ rule: 'official', order: 1 }, either(front, rear));
    expect((await refused(policy, 9)).refused).toStrictEqual([]);
  });

  test('limit: it is as old as what is really there', async () => {
    const policy = limit({ maxAge: 3 }, either(front, rear));
    expect((await refused(policy, 12)).refused).toStrictEqual([]);
  });
});

describe('a window', () => {
  test('computes what T-GATE names the step of, and T-GATE names the new one from then on', async () => {
    const policy = within(
      { from: 2, until: 3, unit: 'steps' },
      tgate({ gate: 1, fiInterval: 9, guidance: 'off' }),
    );
    expect(await refused(policy, 3, 'modules')).toStrictEqual({ mask: '11p', refused: [] });
  });

  test('computes what PAB names the step of, and PAB names the new one from then on', async () => {
    // The output of step 0 is to be taken at steps 1 to 3, the first of which the mask computes.
    const broadcast = pab({ mlpTimesteps: [1000], mlpSkip: 3, spatial: 1 });
    const policy = masked({ mask: '1100' }, broadcast);
    expect(await refused(policy, 4, 'modules')).toStrictEqual({ mask: '11pp', refused: [] });
  });
});

describe('a static mask', () => {
  test('reuses nothing of its policy for longer than it promises', async () => {
    const inner = firstOf(fixed({ mask: '10000' }), taylorseer({ interval: 7, order: 1, warmUp: 1 }));
    const policy = masked({ mask: '00001', policy: 'static' }, inner);
    expect((await refused(policy, 6, 'modules')).refused).toStrictEqual([]);
  });
});

test('nothing is lost without need: where nobody jumps, all reuse as before', async () => {
  expect(
    await refused(both(fora({ interval: 2, cache: 'stack' }), fora({ interval: 3, cache: 'stack' })), 7),
  ).toStrictEqual({
    mask: '1011101',
    refused: [],
  });
  const attention = pab({ spatial: 2, temporal: 1, cross: 1, low: -1, high: 2000 });
  expect(
    (await refused(firstOf(fora({ interval: 3, cache: 'stack' }), attention), 7, 'modules')).refused,
  ).toStrictEqual([]);
});

test('what a combination promises holds for each of its policies', async () => {
  // Two have to agree: the first has an entry of step 0, and would use it at step 3; the second renews its own at step 2.
  const longer = either(
    deltaDit({ interval: 4, bound: 4, blocks: 1 }),
    dbcache({ threshold: 0, front: 3, warmUp: 0, mask: '0001', maskPolicy: 'static' }),
    taylorseer({ interval: 1, warmUp: 1 }),
  );
  const policy = both(longer, deltaDit({ interval: 2, bound: '100%', blocks: 1 }));
  expect(policy.limits(shapeOf(4, 4)).maxAge).toBe(1);
  expect((await refused(policy, 4, 'modules')).refused).toStrictEqual([]);
});
