import {
  deltaDit,
  fromBlocks,
  parsePolicy,
  refrain,
  type DeltaDitOptions,
  type Float32Feature,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { runAll } from '../toy.ts';
import { runOnSeries, type ToyRun } from './block-toy.ts';

function run(options: Partial<DeltaDitOptions>, steps: number, blocks = 4): Promise<ToyRun> {
  const series = Array.from({ length: steps }, (_, step) => 1 + step);
  return runOnSeries(deltaDit(options), { series, blocks });
}

describe('Δ-DiT', () => {
  test('reuses the rear blocks before the bound step, the front blocks from it on', async () => {
    const { blocks, out } = await run({ interval: 2, bound: 3, blocks: 3 }, 6);
    expect(blocks).toStrictEqual(['1111', '1000', '1111', '0001', '1111', '0001']);
    // Step 1: 1 + 2, and 2 + 3 + 4 from step 0. Step 3: 1 + 3 · (1 + 2 + 3) from step 2, then 4 · 4.
    expect([out[1], out[3]]).toStrictEqual([12, 35]);
  });

  test('keeps both where the bound lies between two computed steps', async () => {
    const { blocks, report } = await run({ interval: 4, bound: 2, blocks: 1 }, 5);
    expect(blocks).toStrictEqual(['1111', '1110', '0111', '0111', '1111']);
    expect(report.decisions.some(({ refused }) => refused)).toBe(false);
  });

  test('keeps nothing that no later step uses', async () => {
    const { report } = await run({ interval: 2, bound: 9, blocks: 2 }, 5);
    expect(report.decisions.map(({ keep = [] }) => keep.length)).toStrictEqual([1, 0, 0, 1, 0, 0, 0]);
  });

  test.each([
    [1, '1111111111'],
    [2, '1010101010'],
    [3, '1001001001'],
    [12, '1000000000'],
  ])('computes every %i. step', async (interval, mask) => {
    expect((await run({ interval }, 10)).mask).toBe(mask);
  });

  test('by default reuses three quarters of the blocks, and turns after 60 % of the steps', async () => {
    const { blocks } = await run({}, 10, 8);
    expect(blocks[5]).toBe('11000000');
    expect(blocks[7]).toBe('00000011');
    expect(deltaDit().id).toBe('deltaDit(interval=2,bound=60%,blocks=75%)');
  });

  test('says which constants do not fit', async () => {
    const { report } = await run({ bound: 12, blocks: 21 }, 10);
    expect(report.warnings).toMatchObject([{ code: 'other-model' }, { code: 'other-steps' }]);
    expect((await run({ bound: 12, blocks: 21 }, 10)).mask).toBe('1010101010');
  });
});

describe('the Delta mode of TaylorSeer', () => {
  const policy = deltaDit({ interval: 3, variant: 'taylorseer' });

  async function onTwoStreams(steps: number): Promise<Awaited<ReturnType<typeof runAll>>> {
    const grow = (x: Float32Feature): Float32Array => (x as Float32Array).map((value) => value + 1);
    const families = ['joint', 'joint', 'single', 'single', 'single'];
    const runner = fromBlocks(families.map((family) => ({ family, run: grow })));
    const timesteps = Array.from({ length: steps }, (_, step) => steps - step);
    return runAll(refrain(runner, policy), { timesteps }, () => Float32Array.of(1));
  }

  test('has its schedule and its names for the steps', async () => {
    const report = await onTwoStreams(28);
    const steps = Array.from({ length: 28 }, (_, step) =>
      report.decisions.filter((record) => record.step === step),
    );
    const names = steps.map(
      (records) => records.map(({ why }) => (why.kind === 'rule' ? why.text : 'full'))[0],
    );
    expect(steps.map((records) => (records.some(({ did }) => did === 'reused') ? '0' : '1')).join('')).toBe(
      '1001001001001001001001001001',
    );
    expect(names.slice(0, 7)).toStrictEqual([
      'full',
      'Delta-Cache',
      'ToCa',
      'full',
      'Delta-Cache',
      'ToCa',
      'full',
    ]);
  });

  test('reuses the single-stream blocks', async () => {
    const report = await onTwoStreams(2);
    expect(report.decisions.slice(1)).toMatchObject([
      { did: 'computed', site: 0, until: 2 },
      { did: 'reused', site: 2, until: 5 },
    ]);
  });

  test('says when there are none', async () => {
    const { blocks, report } = await runOnSeries(policy, { series: [1, 1, 1], blocks: 4 });
    expect(blocks[1]).toBe('1000');
    expect(report.warnings.map(({ code }) => code)).toContain('other-model');
    expect(parsePolicy(policy.id).id).toBe('deltaDit(interval=3,bound=60%,blocks=75%,variant=taylorseer)');
  });
});
