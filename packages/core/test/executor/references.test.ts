import type { Indicator } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  looks,
  numerators,
  reuses,
  scripted,
  streamAt,
  timestepsOf,
  type ToyModel,
  trackedRunner,
} from '../testing.ts';

/** One element; every site adds 1; the inputs are powers of two, so that each difference names its two steps. */
const ladder: Partial<ToyModel> = { width: () => 1, enter: (input) => input, value: () => 1, gate: () => 1 };
const powers = ({ step }: { readonly step: number }): number => 2 ** step;

function run(policy: ReturnType<typeof scripted>, steps: number, blocks = 2): ReturnType<typeof generate> {
  return generate(
    trackedRunner({ model: { ...ladder, blocks } }),
    policy,
    { timesteps: timestepsOf(steps) },
    powers,
  );
}

describe('a look', () => {
  const reuseAt = [2, 4];
  function looking(against: Indicator['against']): ReturnType<typeof scripted> {
    return scripted(({ step }, { looked }) => {
      if (!looked) return looks(streamAt(0, against));
      return reuseAt.includes(step) ? reuses(2, 'residual') : computes(2, [entry(0, 2, 'residual')]);
    });
  }

  test('against the last seen compares neighbours, whatever was decided', async () => {
    const policy = looking('seen');
    await run(policy, 6);
    expect(numerators(policy.seen, 'stream 0 seen')).toStrictEqual(['no-reference', 1, 2, 4, 8, 16]);
  });

  test('against the last computed skips the steps that were reused', async () => {
    const policy = looking('computed');
    await run(policy, 6);
    expect(numerators(policy.seen, 'stream 0 computed')).toStrictEqual([
      'no-reference',
      1, // 2 − 1
      2, // 4 − 2, then reused
      6, // 8 − 2
      8, // 16 − 8, then reused
      24, // 32 − 8
    ]);
  });

  test('that leads to a refused reuse was computed after all', async () => {
    const policy = scripted((_, { looked }) =>
      looked ? reuses(2, 'output', [1]) : looks(streamAt(0, 'computed')),
    );
    await run(policy, 3);
    expect(numerators(policy.seen, 'stream 0 computed')).toStrictEqual(['no-reference', 1, 3]);
  });

  test('may be taken several times at a position, and each is confirmed by the decision', async () => {
    const [first, second] = [streamAt(0, 'computed'), { ...streamAt(0, 'computed'), name: 'again' }];
    const asked: string[] = [];
    const policy = scripted(({ step }) => {
      const place = asked.filter((item) => item === `${step}`).length;
      asked.push(`${step}`);
      if (place < 2) return looks(place === 0 ? first : second);
      return step === 1 ? reuses(2, 'residual') : computes(2, [entry(0, 2, 'residual')]);
    });
    await run(policy, 3);
    for (const name of [first.name, second.name])
      expect(numerators(policy.seen, name)).toStrictEqual(['no-reference', 1, 3]);
  });
});

describe('First Block Cache', () => {
  /** Block 0 is always computed and its residual measured; then the rest is decided. Its value changes with the step. */
  const model: Partial<ToyModel> = {
    ...ladder,
    value: (_, site, { step }) => (site === 0 ? 2 ** step : 1),
  };
  const residual: Indicator = {
    name: 'first',
    tap: { of: 'residual', from: 0, until: 1 },
    against: 'computed',
  };

  function firstBlock(hits: readonly number[]): ReturnType<typeof scripted> {
    return scripted(({ step, site }) => {
      if (site === 0) return computes(1, [], [residual]);
      return hits.includes(step) ? reuses(3, 'residual') : computes(3, [entry(1, 3, 'residual')]);
    });
  }

  test('updates its reference only on a miss', async () => {
    const policy = firstBlock([2, 3]);
    const options = { timesteps: timestepsOf(6) };
    const { report } = await generate(
      trackedRunner({ model: { ...model, blocks: 3 } }),
      policy,
      options,
      powers,
    );
    expect(report.mask).toStrictEqual({ conditional: '11pp11' });
    expect(numerators(policy.seen, 'first')).toStrictEqual([
      'no-reference',
      1, // 2 − 1
      2, // 4 − 2, a hit: the reference stays 2
      6, // 8 − 2, a hit
      14, // 16 − 2, a miss
      16, // 32 − 16
    ]);
  });

  test('what was computed within the span is a reference even when the rest is reused', async () => {
    // The tap stands before the end of the computed span: whatever follows, the span after it was computed.
    const inside = streamAt(1, 'computed');
    const policy = scripted(({ step, site }) => {
      if (site === 0) return computes(2, [], [inside]);
      return step > 0 ? reuses(3, 'residual') : computes(3, [entry(2, 3, 'residual')]);
    });
    await run(policy, 4, 3);
    expect(numerators(policy.seen, inside.name)).toStrictEqual(['no-reference', 1, 2, 4]);
  });
});

describe('an indicator', () => {
  test('of another position of the same span keeps its own reference', async () => {
    const policy = scripted(() => computes(2, [], [streamAt(1, 'seen'), streamAt(2, 'computed')]));
    await run(policy, 3);
    expect(numerators(policy.seen, 'stream 1 seen')).toStrictEqual(['no-reference', 1, 2]);
    expect(numerators(policy.seen, 'stream 2 computed')).toStrictEqual(['no-reference', 1, 2]);
  });

  test('measured on a step that was not measured before compares with the last measured one', async () => {
    const policy = scripted(({ step }) => computes(2, [], step % 2 === 0 ? [streamAt(2, 'computed')] : []));
    await run(policy, 5);
    expect(numerators(policy.seen, 'stream 2 computed')).toStrictEqual(['no-reference', 3, 12]);
  });

  test('may look at what is kept, on a sketch of stride 1 too, without disturbing it', async () => {
    const measure = [streamAt(1, 'seen', 1), streamAt(2, 'seen', 1)];
    const policy = scripted(({ step, site }) => {
      if (step === 0) return computes(3, [entry(0, 1, 'output'), entry(1, 2, 'residual')], measure);
      return site < 2 ? reuses(site + 1, site === 0 ? 'output' : 'residual') : computes(3);
    });
    const wide = {
      ...ladder,
      width: () => 4,
      enter: (input: number, index: number) => input + index,
      blocks: 3,
    };
    for (const sketches of [false, true]) {
      const runner = trackedRunner({ model: wide, sketches });
      const { outputs } = await generate(runner, policy, { timesteps: [2, 1] }, powers);
      // Step 0: 1 + index, three times plus 1. Step 1 starts from the cached output: the same numbers.
      expect(outputs.map((output) => output.map((value, index) => value - 2 * index))).toStrictEqual([
        [8, 8, 8, 8],
        [9, 9, 9, 9],
      ]);
    }
  });

  test('over a stride gives the same sums whoever takes the sketch', async () => {
    const residual: Indicator = {
      name: 'residual',
      tap: { of: 'residual', from: 1, until: 3 },
      against: 'computed',
      stride: 3,
    };
    const conditioning: Indicator = {
      name: 'embedding',
      tap: { of: 'conditioning', name: 'timestep-embedding' },
      against: 'seen',
      stride: 2,
    };
    const measure = [residual, conditioning, streamAt(1, 'seen', 2), streamAt(3, 'computed', 4)];
    const seen = await Promise.all(
      [undefined, false, true].map(async (sketches) => {
        const policy = scripted(() => computes(3, [entry(0, 1, 'residual')], measure));
        const model = { blocks: 3, width: () => 10 };
        await generate(trackedRunner({ model, ...(sketches !== undefined && { sketches }) }), policy, {
          timesteps: timestepsOf(4),
        });
        return policy.seen;
      }),
    );
    expect(seen[1]).toStrictEqual(seen[0]);
    expect(seen[2]).toStrictEqual(seen[0]);
    // ⌈10/3⌉, ⌈4/2⌉, ⌈10/2⌉, ⌈10/4⌉ elements.
    expect(Object.values(seen[0]?.at(-1)?.measured ?? {})).toMatchObject(
      [4, 2, 5, 3].map((count) => ({ kind: 'sums', count })),
    );
  });
});
