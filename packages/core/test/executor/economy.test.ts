import {
  outputOf,
  productsOf,
  refrain,
  SAMPLE,
  type Decision,
  type Indicator,
  type Policy,
  type SpanRequest,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  numerators,
  reuses,
  scripted,
  timestepsOf,
  trackedRunner,
  type Tracked,
  type TrackedRunner,
} from '../testing.ts';

const modules = { blocks: 3, modules: ['self-attention', 'mlp'] } as const;

/** A runner that writes down what it is asked for. */
function asked(runner: TrackedRunner): { runner: TrackedRunner; requests: SpanRequest<Tracked>[] } {
  const requests: SpanRequest<Tracked>[] = [];
  return {
    requests,
    runner: {
      ...runner,
      async enter(input, info) {
        const pass = await runner.enter(input, info);
        const span = pass.span.bind(pass);
        return Object.assign(pass, {
          span(request: SpanRequest<Tracked>) {
            requests.push(request);
            return span(request);
          },
        });
      },
    },
  };
}

/** What a runner is asked for in one step in which all is computed: taps, and which ends are looked at. */
async function requestOf(decision: Decision): Promise<object> {
  const { runner, requests } = asked(trackedRunner({ model: modules }));
  const { error } = await generate(
    runner,
    scripted(() => decision, { inner: 'any' }),
    {
      timesteps: timestepsOf(1),
    },
  );
  expect(error).toBe(undefined);
  expect(requests).toHaveLength(1);
  const { taps, ends } = requests[0]!;
  return { taps: taps.map(({ tap, stride }) => ({ ...tap, ...(stride && { stride }) })), ends };
}

const indicator = (tap: Indicator['tap'], stride?: number): Indicator => ({
  name: 'it',
  tap,
  against: 'seen',
  ...(stride && { stride }),
});
const nothing = { from: false, until: false };

describe('a runner is asked for what is used, and for nothing else', () => {
  test.each<[string, Decision, object]>([
    ['nothing kept or measured', computes(6), { taps: [], ends: nothing }],
    [
      'the whole residual',
      computes(6, [entry(0, 6, 'residual')]),
      { taps: [], ends: { from: true, until: true } },
    ],
    ['the output', computes(6, [entry(0, 6, 'output')]), { taps: [], ends: { from: false, until: true } }],
    [
      'an output inside',
      computes(6, [entry(0, 4, 'output')]),
      { taps: [{ of: 'stream', at: 4 }], ends: nothing },
    ],
    [
      'a residual inside',
      computes(6, [entry(2, 4, 'residual')]),
      {
        taps: [
          { of: 'stream', at: 4 },
          { of: 'stream', at: 2 },
        ],
        ends: nothing,
      },
    ],
    [
      'a residual to the end',
      computes(6, [entry(3, 6, 'residual')]),
      { taps: [{ of: 'stream', at: 3 }], ends: { from: false, until: true } },
    ],
    [
      'the value of a module',
      computes(6, [entry(5, 6, 'value')]),
      { taps: [{ of: 'value', at: 5 }], ends: { from: false, until: true } },
    ],
    [
      'an indicator of the stream inside',
      computes(6, [], [indicator({ of: 'stream', at: 4 })]),
      { taps: [{ of: 'stream', at: 4 }], ends: nothing },
    ],
    [
      'a sketch of it',
      computes(6, [], [indicator({ of: 'stream', at: 4 }, 2)]),
      { taps: [{ of: 'stream', at: 4, stride: 2 }], ends: nothing },
    ],
    [
      'an indicator of the stream at its end',
      computes(6, [], [indicator({ of: 'stream', at: 6 })]),
      { taps: [], ends: { from: false, until: true } },
    ],
    [
      'an indicator of a difference inside',
      computes(6, [], [indicator({ of: 'residual', from: 1, until: 3 })]),
      {
        taps: [
          { of: 'stream', at: 1 },
          { of: 'stream', at: 3 },
        ],
        ends: nothing,
      },
    ],
    [
      'an indicator of a difference from the start',
      computes(6, [], [indicator({ of: 'residual', from: 0, until: 3 })]),
      { taps: [{ of: 'stream', at: 3 }], ends: { from: true, until: false } },
    ],
    [
      'an indicator of a modulated input',
      computes(6, [], [indicator({ of: 'modulated', at: 2 })]),
      { taps: [{ of: 'modulated', at: 2 }], ends: nothing },
    ],
  ])('%s', async (_, decision, expected) => {
    expect(await requestOf(decision)).toStrictEqual(expected);
  });

  test('the value of a module that is put in is not asked for, its neighbour’s is', async () => {
    const { runner, requests } = asked(trackedRunner({ model: modules }));
    const policy = scripted(
      ({ step, site }) => {
        const both = [entry(0, 1, 'value'), entry(1, 2, 'value')];
        if (step === 0) return computes(6, both);
        return site === 0 ? reuses(1, 'value') : computes(6, [entry(1, 2, 'value')]);
      },
      { inner: 'any' },
    );
    await generate(runner, policy, { timesteps: timestepsOf(2) });
    expect(requests.map(({ taps }) => taps.map(({ tap }) => tap))).toStrictEqual([
      [
        { of: 'value', at: 0 },
        { of: 'value', at: 1 },
      ],
      [{ of: 'value', at: 1 }],
    ]);
  });
});

describe('features are let go of as soon as nobody needs them', () => {
  /** The most features that were alive at any time, beside those in the cache. */
  async function most(policy: Policy, steps = 3): Promise<number> {
    let [alive, runner] = [0, trackedRunner()];
    runner = trackedRunner({
      model: modules,
      before: () => {
        alive = Math.max(alive, runner.ledger.live);
      },
    });
    const { error } = await generate(runner, policy, { timesteps: timestepsOf(steps) });
    expect(error).toBe(undefined);
    return alive;
  }

  test('of a pass that keeps nothing, however many spans it has', async () => {
    expect(await most(scripted(() => computes(6)))).toBe(1);
    const pieces = scripted(({ site }) => computes(site + 1, [], [indicator({ of: 'modulated', at: site })]));
    // The stream before and behind a span, what is looked at, and what it is compared with.
    expect(await most(pieces)).toBeLessThanOrEqual(4);
  });

  test('a forecast leaves nothing behind but its sum', async () => {
    const forecasting = (weights: readonly number[]): Policy =>
      scripted(
        ({ step, site }) => {
          if (step < 2) return computes(6, [entry(0, 2, 'residual'), entry(2, 6, 'residual')]);
          return site === 0 ? reuses(2, 'residual', weights) : reuses(6, 'residual', weights);
        },
        { history: 2 },
      );
    expect(await most(forecasting([2, -1]), 6)).toBe(await most(forecasting([1]), 6));
  });
});

test('a feature that two entries hold is counted once, and until both have let go', async () => {
  const [whole, half] = [entry(0, 6, 'output'), entry(2, 6, 'output')];
  const kept = [[whole, half], [whole], [half], []];
  const policy = scripted(({ step }) => computes(6, kept[step]));
  const run = refrain(trackedRunner({ model: modules }), policy).start({ timesteps: timestepsOf(5) });
  const held: number[] = [];
  for (const step of kept.keys()) {
    await run.step(step, { step });
    held.push(run.report().bytes.held);
  }
  const [one = 0] = held;
  expect(one).toBeGreaterThan(0);
  expect(held).toStrictEqual([one, 2 * one, 2 * one, 2 * one]);
  run.end();
  expect(run.report().bytes).toMatchObject({ held: 0, peak: 2 * one });
});

describe('inner products', () => {
  const stack = entry(0, 6, 'residual');
  const wanting = (products: readonly (typeof stack)[]): Decision => ({
    ...(computes(6, [stack]) as Extract<Decision, { do: 'compute' }>),
    products,
  });

  test('of what was kept just now with itself and its elders', async () => {
    const policy = scripted(() => wanting([stack]), { history: 2, operations: ['products'] });
    await generate(trackedRunner({ model: modules }), policy, { timesteps: timestepsOf(3) });
    const counts = policy.seen.map(({ measured }) => {
      const measurement = measured[productsOf(stack)];
      return measurement?.kind === 'products' ? measurement.values.length : measurement;
    });
    expect(counts).toStrictEqual([1, 2, 2]);
  });

  test('are missing where the byte budget had no room for it', async () => {
    const policy = scripted(() => wanting([stack]), { history: 2, operations: ['products'] });
    await generate(trackedRunner({ model: modules }), policy, { timesteps: timestepsOf(3), maxBytes: 0 });
    expect(policy.seen.map(({ measured }) => measured)).toStrictEqual([{}, {}, {}]);
  });
});

describe('what is measured around the stream', () => {
  const OUT = outputOf(1);
  const toy = {
    blocks: 1,
    width: () => 1,
    enter: (input: number) => input,
    value: (_: number, __: number, { step }: { readonly step: number }) => 1 + step,
    gate: () => 1,
    exit: (x: number) => 3 * x,
  };

  test('the sample, the output, and the difference of both', async () => {
    const all: readonly Indicator[] = [
      { name: 'sample', tap: { of: 'stream', at: SAMPLE }, against: 'seen' },
      { name: 'output', tap: { of: 'stream', at: OUT }, against: 'seen' },
      { name: 'difference', tap: { of: 'residual', from: SAMPLE, until: OUT }, against: 'seen' },
      { name: 'inside', tap: { of: 'residual', from: 0, until: 1 }, against: 'seen' },
      { name: 'end', tap: { of: 'stream', at: 1 }, against: 'seen' },
    ];
    const policy = scripted(() => computes(OUT, [], all), { model: true });
    const inputs = [10, 14];
    const { error } = await generate(
      trackedRunner({ model: toy }),
      policy,
      { timesteps: timestepsOf(2) },
      ({ step }) => inputs[step] ?? 0,
    );
    expect(error).toBe(undefined);
    // Inputs 10 and 14, the block adds 1 and 2, outputs are 33 and 48: their difference goes from 23 to 34.
    const changes = all.map(({ name }) => [name, numerators(policy.seen, name)]);
    expect(Object.fromEntries(changes)).toStrictEqual({
      sample: ['no-reference', 4],
      output: ['no-reference', 15],
      difference: ['no-reference', 11],
      inside: ['no-reference', 1],
      end: ['no-reference', 5],
    });
  });
});

describe('a feature of another branch', () => {
  const branches = ['conditional', 'unconditional'];

  /** What the second branch does when it borrows: 0 reused, 1 computed; and why it was refused. */
  async function lent(
    term: { readonly step: number; readonly slot?: string },
    {
      width = () => 1,
      maxAge = 9,
    }: { width?: (at: { readonly step: number }) => number; maxAge?: number } = {},
  ): Promise<readonly (string | undefined)[]> {
    const kept = { ...entry(0, 1, 'output'), slot: 'mine' };
    const policy: Policy = {
      ...(scripted(({ step, branch }): Decision => {
        if (branch === 'conditional') return computes(1, step === 0 ? [kept] : []);
        if (step < 2) return computes(1);
        const borrowed = [{ weight: 1, branch: 'conditional', ...term }];
        return { do: 'reuse', until: 1, form: 'output', weights: [], borrowed, why: { kind: 'schedule' } };
      }) as Policy),
      limits: () => ({ warmUp: 0, tail: 0, maxAge }),
    };
    const runner = trackedRunner({ model: { blocks: 1, width } });
    const run = refrain(runner, policy).start({ timesteps: timestepsOf(3), branches });
    for (let step = 0; step < 3; step++) for (const branch of branches) await run.step(1, { step, branch });
    return run
      .report()
      .decisions.filter(({ step, branch }) => step === 2 && branch === 'unconditional')
      .map(({ did, refused }) => refused ?? did);
  }

  test('is taken from the history that is named', async () => {
    expect(await lent({ step: 0, slot: 'mine' })).toStrictEqual(['reused']);
    expect(await lent({ step: 0 })).toStrictEqual(['nothing-cached']);
    expect(await lent({ step: 0, slot: 'other' })).toStrictEqual(['nothing-cached']);
    expect(await lent({ step: 1, slot: 'mine' })).toStrictEqual(['nothing-cached']);
  });

  test('is refused where it is older than the policy allows, and not at its last step', async () => {
    expect(await lent({ step: 0, slot: 'mine' }, { maxAge: 2 })).toStrictEqual(['reused']);
    expect(await lent({ step: 0, slot: 'mine' }, { maxAge: 1 })).toStrictEqual(['too-old']);
  });

  test('is refused where the stream has another shape by now', async () => {
    const width = ({ step }: { readonly step: number }): number => 1 + step;
    expect(await lent({ step: 0, slot: 'mine' }, { width })).toStrictEqual(['shape-changed']);
  });
});
