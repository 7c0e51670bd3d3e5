import {
  pab,
  parsePolicy,
  streamOf,
  type BlockSite,
  type InnerSite,
  type ModuleKind,
  type PabOptions,
  type RunShape,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate, trackedRunner } from '../testing.ts';
import { fuzz } from '../seed.ts';

/** A run on blocks of the given families, each with the same modules. */
function shapeOf(
  timesteps: readonly number[],
  modules: readonly ModuleKind[],
  families: readonly string[] = ['toy'],
): RunShape {
  const sites = families.flatMap((family, block): (BlockSite | InnerSite)[] => {
    const from = block * modules.length;
    return [
      { level: 'block', name: `b${block}`, family, from, until: from + modules.length, modulated: true },
      ...modules.map((kind, index): InnerSite => {
        const at = from + index;
        return {
          level: 'inner',
          name: `b${block}/${index}`,
          kind,
          block: `b${block}`,
          from: at,
          until: at + 1,
        };
      }),
    ];
  });
  return {
    steps: timesteps.length,
    timesteps,
    branches: ['conditional'],
    branch: 'conditional',
    call: 0,
    callsPerStep: 1,
    stream: streamOf(sites),
  };
}

/** One mask for each site: 1 computed, 0 reused. */
function masks(options: Partial<PabOptions>, run: RunShape): string[] {
  const policy = pab(options);
  const state = policy.init(run);
  return run.stream.inner.map((_, site) =>
    run.timesteps
      .map((timestep, step) => policy.next(state, { step, call: 0, branch: 'conditional', timestep, site }))
      .map((decision) => (decision.do === 'reuse' ? '0' : '1'))
      .join(''),
  );
}

/** `count` whole timesteps from 1000 down, as linear schedules have them. */
function linear(count: number): number[] {
  return Array.from({ length: count }, (_, step) => 1000 - (1000 / count) * step);
}

describe('PAB as diffusers has it', () => {
  // Made by running huggingface/diffusers, commit 58eb52c0, over 50 timesteps from 1000 down to 20.
  test.each([
    [2, '11111111111010101010101010101010101010101010111111'],
    [3, '11111111111010010010010010010010010010010010011111'],
  ])('range %i', (spatial, expected) => {
    const options = { variant: 'diffusers', spatial, low: 100, high: 800 } as const;
    expect(masks(options, shapeOf(linear(50), ['self-attention']))).toStrictEqual([expected]);
  });

  test('compares timesteps as they are, VideoSys whole ones', () => {
    const run = shapeOf([900, 800.5, 799.5, 100.5, 100], ['self-attention']);
    const options = { spatial: 100, low: 100, high: 800 };
    expect(masks(options, run)).toStrictEqual(['11011']);
    expect(masks({ ...options, variant: 'diffusers' }, run)).toStrictEqual(['11001']);
  });

  test('takes sigmas in a window of sigmas', () => {
    const run = shapeOf([1, 0.8, 0.6, 0.4, 0.2], ['self-attention']);
    expect(masks({ variant: 'diffusers', spatial: 100, low: 0.3, high: 0.9 }, run)).toStrictEqual(['10001']);
  });
});

describe('PAB as VideoSys has it', () => {
  const opensora = [
    1000, 966, 933, 900, 866, 833, 800, 766, 733, 700, 666, 633, 600, 566, 533, 500, 466, 433, 400, 366, 333,
    300, 266, 233, 199, 166, 133, 99, 66, 33,
  ];
  // Made by running NUS-HPC-AI-Lab/VideoSys, commit 4cce477.
  test('on Open-Sora 1.2, with the general defaults and by name', () => {
    const run = shapeOf(opensora, ['spatial-attention', 'temporal-attention']);
    for (const model of ['none', 'open-sora-1.2'] as const)
      expect(masks({ model }, run)).toStrictEqual([
        '111010101010101011111111111111',
        '111010001000100011111111111111',
      ]);
  });

  test('on models of 50 steps', () => {
    const whole = [
      1000, 980, 960, 940, 920, 900, 880, 860, 840, 820, 800, 780, 760, 740, 720, 700, 679, 659, 640, 620,
      600, 580, 560, 540, 520, 500, 480, 459, 439, 420, 400, 380, 360, 339, 319, 300, 280, 260, 240, 219, 199,
      180, 160, 140, 120, 99, 79, 60, 40, 20,
    ];
    expect(masks({ model: 'cogvideox' }, shapeOf(whole, ['self-attention']))).toStrictEqual([
      '11111111101010101010101010101010101010101010111111',
    ]);
    expect(masks({ model: 'latte' }, shapeOf(whole, ['cross-attention']))).toStrictEqual([
      '11111111111010000010000010000010000010000010011111',
    ]);
  });
});

describe('a named model', () => {
  test('sets what is not given', () => {
    const run = shapeOf(linear(50), ['spatial-attention', 'temporal-attention', 'cross-attention', 'mlp']);
    const blocks = { mlpTimesteps: [720, 640, 560, 480, 400], mlpBlocks: [0, 1, 2, 3, 4], mlpSkip: 2 };
    const latte = { spatial: 2, temporal: 3, cross: 6, low: 100, high: 800, ...blocks };
    expect(masks({ model: 'latte' }, run)).toStrictEqual(masks(latte, run));
    expect(masks({ model: 'latte', temporal: 5, low: 300, mlpTimesteps: [] }, run)).toStrictEqual(
      masks({ ...latte, temporal: 5, low: 300, mlpTimesteps: [] }, run),
    );
  });

  test('stands in the id together with what differs from it', () => {
    expect(pab({ model: 'latte' }).id).toBe('pab(model=latte)');
    const id = 'pab(model=open-sora-1.2,temporal=6,mlpTimesteps=)';
    expect(parsePolicy(id).id).toBe(id);
    expect(parsePolicy('pab(mlpTimesteps=720:640,mlpBlocks=0:1,mlpSkip=3)').id).toBe(
      'pab(mlpTimesteps=720:640,mlpBlocks=0:1,mlpSkip=3)',
    );
  });

  test('is checked together with what is given', () => {
    expect(() => pab({ model: 'latte', low: 850 })).toThrow('low: expected low < high, got 850 and 800');
    expect(() => pab({ model: 'latte', low: 850, high: 900 })).not.toThrow();
  });

  test('warns on another architecture', () => {
    const run = { ...shapeOf(linear(50), ['spatial-attention']), architecture: 'flux' };
    expect(
      pab({ model: 'latte' })
        .fit?.(run)
        .map(({ code }) => code),
    ).toStrictEqual(['other-model']);
    expect(pab({ model: 'latte' }).fit?.({ ...run, architecture: 'latte' })).toStrictEqual([]);
  });
});

describe('MLP broadcast', () => {
  const timesteps = [900, 864.7, 800, 788, 750, 700, 676, 600];

  test('keeps outputs at listed timesteps and uses them at the steps after', () => {
    const options = { mlpTimesteps: [676, 788, 864], mlpSkip: 2, spatial: 1 };
    // 864.7 is the whole timestep 864: kept, then two steps; 788 comes at the second of them and is kept anew.
    expect(masks(options, shapeOf(timesteps, ['mlp', 'spatial-attention']))).toStrictEqual([
      '11010010',
      '11111111',
    ]);
    expect(masks({ ...options, mlpSkip: 1 }, shapeOf(timesteps, ['mlp']))).toStrictEqual(['11010110']);
  });

  test('names the step whose output it takes, and keeps nothing that is not used', () => {
    const run = shapeOf(timesteps, ['mlp']);
    const policy = pab({ mlpTimesteps: [864, 600] });
    const state = policy.init(run);
    const decisions = timesteps.map((timestep, step) =>
      policy.next(state, { step, call: 0, branch: 'conditional', timestep, site: 0 }),
    );
    expect(
      decisions.map((decision) => (decision.do === 'reuse' ? decision.steps : decision.do)),
    ).toStrictEqual(['compute', 'compute', [1], [1], 'compute', 'compute', 'compute', 'compute']);
    const kept = decisions.map((decision) => (decision.do === 'compute' ? decision.keep.length : 0));
    expect(kept).toStrictEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('counts blocks within their family', () => {
    const run = shapeOf([800, 700], ['mlp'], ['spatial', 'temporal', 'spatial', 'temporal', 'spatial']);
    expect(masks({ mlpTimesteps: [800], mlpBlocks: [1] }, run)).toStrictEqual(['11', '11', '10', '10', '11']);
    expect(masks({ mlpTimesteps: [800] }, run)).toStrictEqual(['10', '10', '10', '10', '10']);
  });

  test('recomputes where the sampler left out the step whose output was meant', async () => {
    const runner = trackedRunner({ model: { blocks: 1, modules: ['mlp'] } });
    const policy = pab({ mlpTimesteps: [900, 700], mlpSkip: 1 });
    const places = [0, 1, 3].map((step) => ({ step, call: 0, branch: 'conditional' }));
    const { report } = await generate(runner, policy, { timesteps: [900, 800, 700, 600] }, undefined, places);
    expect(report.decisions.map(({ did }) => did)).toStrictEqual(['computed', 'reused', 'computed']);
    expect(report.decisions.map(({ refused }) => refused)).toStrictEqual([
      undefined,
      undefined,
      'other-history',
    ]);
  });
});

describe('PAB warns', () => {
  const warnings = (options: Partial<PabOptions>, run: RunShape): readonly string[] =>
    pab(options)
      .fit?.(run)
      .map(({ code }) => code) ?? [];

  test('of a window in another unit than the timesteps', () => {
    const sigmas = linear(20).map((timestep) => timestep / 1000);
    expect(warnings({}, shapeOf(sigmas, ['self-attention']))).toStrictEqual(['other-sampler']);
    expect(warnings({ model: 'latte' }, shapeOf(sigmas, ['self-attention']))).toStrictEqual([
      'other-sampler',
    ]);
    expect(warnings({}, shapeOf(linear(20), ['self-attention']))).toStrictEqual([]);
  });

  test('when nothing would be reused', () => {
    const run = shapeOf(linear(20), ['temporal-attention', 'mlp']);
    expect(warnings({ temporal: 1 }, run)).toStrictEqual(['nothing-to-reuse']);
    expect(warnings({ low: 5000, high: 6000 }, run)).toStrictEqual(['nothing-to-reuse']);
    expect(warnings({ temporal: 1, mlpTimesteps: [700] }, run)).toStrictEqual([]);
    expect(warnings({ temporal: 1, mlpTimesteps: [701] }, run)).toStrictEqual(['nothing-to-reuse']);
  });

  test('if and only if nothing is reused', () => {
    const options = fc.record({
      spatial: fc.integer({ min: 1, max: 4 }),
      low: fc.integer({ min: -1, max: 500 }),
      high: fc.integer({ min: 501, max: 1001 }),
      mlpTimesteps: fc.array(fc.constantFrom(900, 800, 500, 50), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 8, max: 40 }), (given, steps) => {
        const run = shapeOf(linear(steps), ['spatial-attention', 'mlp']);
        const inert = masks(given, run).every((mask) => !mask.includes('0'));
        expect(warnings(given, run).includes('nothing-to-reuse')).toBe(inert);
      }),
      fuzz,
    );
  });
});
