import { fixed, fora, pab, watch, type ModuleKind, type Policy } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { bare, generate, placesOf, slowly, timestepsOf, type ToyModel, trackedRunner } from '../testing.ts';

async function maskOf(policy: Policy, steps: number, model: Partial<ToyModel> = {}): Promise<string> {
  const { report, error } = await generate(trackedRunner({ model }), policy, {
    timesteps: timestepsOf(steps),
  });
  expect(error).toBe(undefined);
  return report.mask['conditional'] ?? '';
}

describe('FORA', () => {
  // Aligned at the last step: step T − 1 − n·N is computed. The first step is always computed.
  test.each([
    [3, 10, '1001001001'],
    [3, 11, '11001001001'],
    [3, 12, '101001001001'],
    [2, 6, '110101'],
    [2, 5, '10101'],
    [1, 5, '11111'],
    [5, 3, '101'],
    [9, 20, '11000000001000000001'],
    [250, 4, '1001'],
  ])('interval %i of %i steps: %s', async (interval, steps, mask) => {
    expect(await maskOf(fora({ interval, cache: 'stack' }), steps)).toBe(mask);
    const model = { modules: ['self-attention', 'mlp'] as const };
    expect(await maskOf(fora({ interval }), steps, model)).toBe(mask);
  });

  test('by modules applies the values with the gates of the current step, by stack it adds one residual', async () => {
    const model: Partial<ToyModel> = {
      blocks: 2,
      modules: ['mlp'],
      width: () => 1,
      enter: (input) => input,
      value: (_, site, { step }) => (step === 0 ? 3 + site : Number.NaN),
      gate: (_, { step }) => 10 ** step,
      exit: (x) => x,
    };
    const options = { timesteps: [3, 2, 1] };
    // Values 3 and 4 of step 0; at step 1 both gates are 10. The last step is computed, and NaN here.
    const modules = await generate(trackedRunner({ model }), fora(), options, () => 100);
    expect(modules.outputs.slice(0, 2)).toStrictEqual([[107], [170]]);
    const stack = await generate(
      trackedRunner({ model }),
      fora({ cache: 'stack' }),
      options,
      ({ step }) => 100 + step,
    );
    expect(stack.outputs.slice(0, 2)).toStrictEqual([[107], [108]]);
  });
});

describe('fixed', () => {
  test.each([
    ['1', 4, '1111'],
    ['10', 4, '1011'],
    ['1100100100', 10, '1100100100'],
    ['1000000000', 4, '1000'],
    ['1010', 2, '10'],
  ])('mask %s over %i steps is %s', async (mask, steps, expected) => {
    expect(await maskOf(fixed({ mask }), steps)).toBe(expected);
  });
});

describe('PAB', () => {
  const kinds: readonly ModuleKind[] = ['spatial-attention', 'temporal-attention', 'cross-attention', 'mlp'];

  /** One mask for each kind of module. */
  async function masksOf(policy: Policy, timesteps: readonly number[]): Promise<Record<string, string>> {
    const runner = trackedRunner({ model: { blocks: 1, modules: kinds } });
    const { report } = await generate(runner, policy, { timesteps });
    return Object.fromEntries(
      kinds.map((kind, site) => [
        kind,
        report.decisions
          .filter((record) => record.site === site)
          .map(({ did }) => (did === 'reused' ? '0' : '1'))
          .join(''),
      ]),
    );
  }

  test('computes each kind at every n-th step inside the window, the MLP always', async () => {
    const policy = pab({ spatial: 2, temporal: 3, cross: 6, low: 0, high: 2000 });
    expect(await masksOf(policy, timestepsOf(13))).toStrictEqual({
      'spatial-attention': '1010101010101',
      'temporal-attention': '1001001001001',
      'cross-attention': '1000001000001',
      mlp: '1111111111111',
    });
  });

  test('reuses strictly inside the window only, of the whole part of the timestep', async () => {
    const policy = pab({ spatial: 100, temporal: 1, cross: 1, low: 450, high: 930 });
    const timesteps = [1000, 931, 930.5, 930, 929.9, 500, 451, 450.9, 450, 449, 100];
    expect((await masksOf(policy, timesteps))['spatial-attention']).toBe('11110001111');
  });

  test('takes joint self-attention for spatial', async () => {
    const model = { modules: ['self-attention'] as const };
    expect(await maskOf(pab({ spatial: 3, low: 0, high: 2000 }), 7, model)).toBe('1001001');
  });

  test('says of the first step that it is the first, and of the others why they are computed', async () => {
    const runner = trackedRunner({ model: { blocks: 1, modules: ['self-attention'] } });
    const { report } = await generate(runner, pab({ spatial: 2, low: 450, high: 2000 }), {
      timesteps: timestepsOf(6),
    });
    expect(report.decisions.map(({ why }) => why.kind)).toStrictEqual([
      'first',
      'schedule',
      'age-limit',
      'schedule',
      'outside-window',
      'outside-window',
    ]);
  });
});

describe('watch', () => {
  test.each(['output', 'modulated'] as const)(
    'measures the %s of every block against the step before',
    async (tap) => {
      const model: Partial<ToyModel> = {
        blocks: 2,
        modules: ['mlp', 'mlp'],
        width: () => 1,
        enter: (input) => input,
        value: () => 1,
        gate: () => 1,
        modulated: (x) => 10 * x,
      };
      const options = { timesteps: [3, 2, 1] };
      const { report } = await generate(
        trackedRunner({ model }),
        watch({ tap }),
        options,
        ({ step }) => 8 * 2 ** step,
      );
      expect(report.reuseRate).toBe(0);
      expect(report.warnings).toStrictEqual([]);
      // Inputs 8, 16, 32: block b1 begins two above them, and its output is four above; modulated is ten times the stream.
      const sizes = { output: [10, 12, 18, 20], modulated: [80, 100, 160, 180] }[tap];
      const changes = { output: [8, 16], modulated: [80, 160] }[tap];
      const sums = (step: number, block: number): object => ({
        kind: 'sums',
        numerator: changes[step - 1],
        denominator: sizes[2 * (step - 1) + block],
        count: 1,
      });
      const none = { kind: 'no-reference' };
      expect(report.decisions.map(({ measured }) => Object.entries(measured ?? {}))).toStrictEqual([
        [
          [`b0 ${tap}`, none],
          [`b1 ${tap}`, none],
        ],
        [
          [`b0 ${tap}`, sums(1, 0)],
          [`b1 ${tap}`, sums(1, 1)],
        ],
        [
          [`b0 ${tap}`, sums(2, 0)],
          [`b1 ${tap}`, sums(2, 1)],
        ],
      ]);
    },
  );

  test('on a sketch changes no output', async () => {
    const options = { timesteps: timestepsOf(4) };
    for (const sketches of [true, false]) {
      const { outputs } = await generate(trackedRunner({ sketches }), watch({ stride: 2 }), options);
      for (const [index, place] of placesOf(options).entries())
        expect(outputs[index]).toStrictEqual(await bare(trackedRunner(), options, place, slowly));
    }
  });
});
