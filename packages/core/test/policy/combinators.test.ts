import {
  always,
  both,
  bwcache,
  either,
  fixed,
  fora,
  limit,
  masked,
  stepMask,
  pab,
  perBranch,
  teacache,
  within,
  type ComputeDecision,
  type Decision,
  type Policy,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { maskOf, shapeOf, walkPurely, type Walked, type World } from './walk-purely.ts';

const stack = (interval: number): Policy => fora({ interval, cache: 'stack' });

function maskFor(policy: Policy, steps: number, world?: World, sites = 2): string {
  return maskOf(walkPurely(policy, shapeOf(steps, sites), world));
}

function reasons(walked: readonly Walked[]): readonly string[] {
  return walked.flatMap(({ decision }) => (decision.do === 'compute' ? [decision.why.kind] : []));
}

describe('within', () => {
  test.each([
    [{ from: 3, until: 7, unit: 'steps' }, '1110000111'],
    [{ from: 0.3, until: 0.7 }, '1110000111'],
    [{ from: '30%', until: '70%' }, '1110000111'],
    [{ from: '30%', until: 7, unit: 'steps' }, '1110000111'],
    [{ from: 8, until: '40%', unit: 'steps' }, '1111111111'],
    [{ from: 0, until: 1 }, '1000000000'],
    [{ from: 0.3, until: 1 }, '1110000000'],
    [{ from: 700, until: 300, unit: 'timestep' }, '1110000111'],
    [{ from: 300, until: 700, unit: 'timestep' }, '1111000011'],
    [{ from: 20, until: 30, unit: 'steps' }, '1111111111'],
  ] as const)('%j of ten steps reuses there only: %s', (window, mask) => {
    expect(maskFor(within(window, always()), 10)).toBe(mask);
    const shape = shapeOf(10, 2);
    const { warmUp, tail } = within(window, always()).limits(shape);
    expect(mask.slice(0, warmUp) + mask.slice(mask.length - tail)).not.toContain('0');
    if (mask.includes('0')) {
      expect(mask.indexOf('0')).toBe(warmUp);
      expect(mask.lastIndexOf('0')).toBe(9 - tail);
    }
  });

  test('bounds sigmas, which run in either direction', () => {
    const shape = { ...shapeOf(5, 1), timesteps: [1, 0.8, 0.5, 0.3, 0.1] };
    const policy = within({ from: 0.8, until: 0.1, unit: 'timestep' }, always());
    expect(maskOf(walkPurely(policy, shape))).toBe('10001');
    const rising = { ...shape, timesteps: shape.timesteps.toReversed() };
    expect(maskOf(walkPurely(within({ from: 0.3, until: 1, unit: 'timestep' }, always()), rising))).toBe(
      '10001',
    );
  });

  test('says why, and keeps what was to be reused fresh until the window begins', () => {
    const walked = walkPurely(within({ from: 2, until: 4, unit: 'steps' }, always()), shapeOf(6, 2));
    expect(reasons(walked)).toStrictEqual(['first', 'warm-up', 'tail', 'tail']);
    const keeps = walked.map(({ decision }) => (decision.do === 'compute' ? decision.keep.length : 0));
    expect(keeps).toStrictEqual([1, 1, 0, 0, 0, 0]);
  });

  test('lets the policy look before the window, and not behind it', () => {
    const walked = walkPurely(
      within({ from: 3, until: 5, unit: 'steps' }, teacache({ threshold: 1 })),
      shapeOf(8, 1),
      { ratio: () => 0.01 },
    );
    const looks = walked.flatMap(({ at, decision }) => (decision.do === 'measure' ? [at.step] : []));
    expect(looks).toStrictEqual([0, 1, 2, 3, 4]);
    expect(maskOf(walked)).toBe('11100111');
  });
});

describe('limit', () => {
  test('computes what is older than it may be, and starts anew', () => {
    expect(maskFor(limit({ maxAge: 2 }, always()), 9)).toBe('100100100');
    expect(maskFor(limit({ maxAge: 1 }, stack(4)), 9)).toBe('101010101');
    expect(maskFor(limit({ maxAge: 5 }, stack(3)), 7)).toBe(maskFor(stack(3), 7));
  });

  test('counts steps that were left out', () => {
    const walked = walkPurely(limit({ maxAge: 2 }, always()), shapeOf(7, 2), {
      skips: (step) => step === 2 || step === 3,
    });
    expect(walked.map(({ at, seen }) => [at.step, seen.did])).toStrictEqual([
      [0, 'computed'],
      [1, 'reused'],
      [4, 'computed'],
      [5, 'reused'],
      [6, 'reused'],
    ]);
  });

  test('caps how many steps reuse something, not how many sites', () => {
    expect(maskFor(limit({ maxReuse: 3 }, always()), 8)).toBe('10001111');
    expect(maskFor(limit({ maxReuse: 0 }, always()), 4)).toBe('1111');
    const shape = shapeOf(6, 3, 'self-attention');
    const policy = limit({ maxReuse: 2 }, pab({ spatial: 6, low: -1, high: 2000 }));
    expect(maskOf(walkPurely(policy, shape))).toBe('100111');
  });

  test('says the smaller age of the two', () => {
    const run = shapeOf(10, 2);
    expect(limit({ maxAge: 2 }, stack(5)).limits(run).maxAge).toBe(2);
    expect(limit({ maxAge: 9 }, stack(5)).limits(run).maxAge).toBe(4);
    expect(limit({}, always()).limits(run).maxAge).toBe(undefined);
  });

  test('does not let the policy believe that it had reused', () => {
    const told: (string | undefined)[] = [];
    const spy: Policy = {
      ...always(),
      observe: (state, seen) => {
        told.push(`${seen.did} ${seen.refused ?? ''}`.trim());
        return always().observe(state as never, seen);
      },
    };
    walkPurely(limit({ maxAge: 1 }, spy), shapeOf(4, 1));
    expect(told).toStrictEqual(['computed', 'reused', 'computed too-old', 'reused']);
  });
});

describe('masked', () => {
  test('dynamic: asks where the mask has a 0, also behind its end', () => {
    expect(maskFor(masked({ mask: '11010' }, always()), 8)).toBe('11010000');
    expect(maskFor(masked({ mask: '1100' }, stack(2)), 7)).toBe('1110101');
  });

  test('static: reuses where it has a 0, whatever the policy computes', () => {
    const never1 = teacache({ threshold: 0 });
    expect(maskFor(masked({ mask: '110100', policy: 'static' }, never1), 8, { ratio: () => 1 })).toBe(
      '11010000',
    );
    expect(maskFor(masked({ mask: '01', policy: 'static' }, stack(3)), 5)).toBe('11000');
  });

  test('static: of a policy that begins with some blocks only the rest is reused', () => {
    const shape = shapeOf(4, 4);
    const walked = walkPurely(masked({ mask: '1010', policy: 'static' }, half()), shape);
    expect(walked.map(({ at, seen }) => `${at.step}: ${at.site}–${seen.until} ${seen.did}`)).toStrictEqual([
      '0: 0–2 computed',
      '0: 2–4 computed',
      '1: 0–2 computed',
      '1: 2–4 reused',
      '2: 0–2 computed',
      '2: 2–4 computed',
      '3: 0–2 computed',
      '3: 2–4 reused',
    ]);
  });

  test('promises what the mask says', () => {
    const run = shapeOf(8, 2);
    expect(masked({ mask: '11010011' }, always()).limits(run)).toStrictEqual({ warmUp: 2, tail: 2 });
    expect(masked({ mask: '11010011', policy: 'static' }, always()).limits(run)).toStrictEqual({
      warmUp: 2,
      tail: 2,
      maxAge: 2,
    });
  });

  test.each(['dynamic', 'static'] as const)(
    '%s: takes the preset of as many steps as the run has',
    (policy) => {
      for (const steps of [9, 16, 28]) {
        const digits = stepMask('fast', steps);
        const preset = masked({ mask: 'fast', policy }, always());
        expect(maskFor(preset, steps)).toBe(digits);
        const run = shapeOf(steps, 2);
        expect(preset.limits(run)).toStrictEqual(masked({ mask: digits, policy }, always()).limits(run));
        expect(preset.fit?.(run)).toStrictEqual([]);
      }
    },
  );

  test.each(['dynamic', 'static'] as const)(
    '%s: says that a mask is for another number of steps',
    (policy) => {
      const [short, preset] = ['1101', 'fast'].map((mask) => masked({ mask, policy }, always()));
      expect(short?.fit?.(shapeOf(8, 2))).toMatchObject([{ severity: 'warning', code: 'other-steps' }]);
      expect(preset?.fit?.(shapeOf(7, 2))).toContainEqual(
        expect.objectContaining({ severity: 'error', code: 'other-steps' }),
      );
    },
  );
});

/** Two positions in every step, then the rest, which is kept and never reused. */
function half(): Policy {
  return {
    id: 'half',
    granularity: 'block',
    needs: { history: 1 },
    limits: () => ({ warmUp: 0, tail: 0 }),
    init: () => null,
    next: (_, { site }): Decision => ({
      do: 'compute',
      until: site < 2 ? 2 : 4,
      keep: site < 2 ? [] : [{ from: 2, until: 4, form: 'residual' }],
      measure: [],
      why: { kind: 'schedule' },
    }),
    observe: (state) => state,
  };
}

describe('perBranch', () => {
  test('gives the first branch to one policy and the others to the other', () => {
    const policy = perBranch(stack(2), always());
    const branches = ['conditional', 'unconditional', 'negative'];
    const masks = branches.map((branch) =>
      maskOf(walkPurely(policy, { ...shapeOf(5, 2), branches, branch })),
    );
    expect(masks).toStrictEqual(['10101', '10000', '10000']);
  });

  test('promises for each branch what its policy does', () => {
    const policy = perBranch(within({ from: 0.5, until: 1 }, stack(3)), always());
    const run = { ...shapeOf(10, 2), branches: ['one', 'other'] };
    expect(policy.limits({ ...run, branch: 'one' })).toStrictEqual({ warmUp: 5, tail: 1, maxAge: 2 });
    expect(policy.limits({ ...run, branch: 'other' })).toStrictEqual({ warmUp: 1, tail: 0 });
  });
});

describe('both', () => {
  test('reuses where all would', () => {
    expect(maskFor(both(stack(2), stack(3)), 13)).toBe('1011101011101');
    expect(maskFor(both(always(), always(), fixed({ mask: '1001' })), 6)).toBe('100111');
  });

  test('needs the same span and form', () => {
    expect(maskFor(both(always(), bwcache({ form: 'paper', threshold: 1 })), 6, { ratio: () => 0 })).toBe(
      '111111',
    );
    expect(maskFor(both(always(), half()), 4, {}, 4)).toBe('1111');
  });

  test('measures what each needs, under names of their own, and tells each its own', () => {
    const policy = both(teacache({ threshold: 0.25 }), teacache({ threshold: 0.15 }));
    const names: string[] = [];
    const ratio: World['ratio'] = ({ name }) => {
      names.push(name);
      return name.startsWith('a') ? 0.05 : 0.1;
    };
    // a: 0.05 more in each step, up to 0.25; b: 0.1 more, up to 0.15, and both start anew when one computes.
    expect(maskFor(policy, 8, { ratio })).toBe('10101011');
    expect(new Set(names).size).toBe(2);
  });

  test('keeps what any of them keeps, each entry once', () => {
    const [{ decision } = {} as Walked] = walkPurely(both(always(), stack(3), half()), shapeOf(4, 4));
    expect((decision as ComputeDecision).keep).toStrictEqual([{ from: 0, until: 4, form: 'residual' }]);
  });

  test('computes in pieces where their spans differ, and tells each of its own span', () => {
    const told: string[] = [];
    const spy = (policy: Policy, name: string): Policy => ({
      ...policy,
      observe(state, seen) {
        told.push(`${name} ${seen.site}–${seen.until} ${seen.did}`);
        return policy.observe(state, seen);
      },
    });
    walkPurely(both(spy(stack(3), 'whole'), spy(half(), 'half')), shapeOf(2, 4));
    expect(told).toStrictEqual([
      'half 0–2 computed',
      'whole 0–4 computed',
      'half 2–4 computed',
      'half 0–2 computed',
      'whole 0–4 computed',
      'half 2–4 computed',
    ]);
  });
});

describe('either', () => {
  test('reuses where any would, as long as what it would is there and young enough', () => {
    expect(maskFor(either(stack(2), stack(3)), 13)).toBe('1001001001001');
    expect(maskFor(either(fixed({ mask: '1101' }), fixed({ mask: '1011' })), 4)).toBe('1011');
  });

  test('never asks for an entry older than the policy that wants it allows', () => {
    // They compute in turn, so that each would always find a reason to reuse.
    const walked = walkPurely(
      either(fixed({ mask: '10101010' }), fixed({ mask: '11010101' })),
      shapeOf(8, 2),
    );
    expect(maskOf(walked)).toBe('10101010');
  });

  test('tells who would have computed that it was reused', () => {
    const told: string[] = [];
    const spy: Policy = {
      ...teacache({ threshold: 0.1 }),
      observe(state, seen) {
        if (seen.did !== 'measured') told.push(seen.did);
        return teacache({ threshold: 0.1 }).observe(state as never, seen);
      },
    };
    walkPurely(either(spy, stack(2)), shapeOf(5, 2), { ratio: () => 1 });
    expect(told).toStrictEqual(['computed', 'reused', 'computed', 'reused', 'computed']);
  });
});
