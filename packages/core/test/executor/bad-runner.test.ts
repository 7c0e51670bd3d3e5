import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  type Ledger,
  looks,
  scripted,
  streamAt,
  type Tracked,
  type TrackedRunner,
  trackedRunner,
} from '../testing.ts';

describe('a runner that breaks its contract is refused, and what it returned is freed', () => {
  const everything = scripted(() => computes(3, [entry(0, 1, 'output')], [streamAt(2, 'computed')]));

  test.each<[string, string, (result: { x: Tracked; taps: readonly Tracked[] }, ledger: Ledger) => unknown]>([
    [
      'too few taps',
      '2 taps were requested and 1 returned',
      ({ x, taps: [one, two] }, ledger) => {
        if (two) ledger.dispose(two);
        return { x, taps: [one] };
      },
    ],
    [
      'too many taps',
      '2 taps were requested and 3 returned',
      ({ x, taps }, ledger) => ({
        x,
        taps: [...taps, ledger.make([1])],
      }),
    ],
    [
      'a tap that is none',
      'tap 1 is undefined',
      ({ x, taps: [one, two] }, ledger) => {
        if (two) ledger.dispose(two);
        return { x, taps: [one, undefined] };
      },
    ],
    [
      'no taps',
      'must return a list of taps',
      ({ x, taps }, ledger) => {
        for (const tap of taps) ledger.dispose(tap);
        return { x };
      },
    ],
    [
      'no stream',
      'with a feature x, got undefined',
      ({ x, taps }, ledger) => {
        ledger.dispose(x);
        return { taps };
      },
    ],
    [
      'nothing',
      'with a feature x, got undefined',
      ({ x, taps }, ledger) => {
        for (const feature of [x, ...taps]) ledger.dispose(feature);
        return false;
      },
    ],
  ])('%s', async (_, message, change) => {
    const runner = trackedRunner({ tamper: (result, _request, _at, ledger) => change(result, ledger) });
    const { error, report } = await generate(runner, everything, { timesteps: [2, 1] });
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toContain(message);
    expect(report.status).toBe('failed');
  });

  test('the input handed back', async () => {
    const runner = trackedRunner({
      tamper: ({ x, taps }, request, _, ledger) => {
        ledger.dispose(x);
        return { x: request.x, taps };
      },
    });
    const { error } = await generate(runner, everything, { timesteps: [2, 1] });
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toContain('never update it in place');
  });
});

describe('looks that are not as many as were asked for are refused, and freed', () => {
  const modulated = { tap: { of: 'modulated', at: 0 }, against: 'seen' } as const;
  const policy = scripted(() =>
    looks({ name: 'whole', ...modulated }, { name: 'sketch', ...modulated, stride: 2 }),
  );
  type Change = (taps: readonly Tracked[], ledger: Ledger) => readonly Tracked[];

  /** A runner whose looks are changed before they are handed over. */
  function changed(early: boolean, change: Change): TrackedRunner {
    const runner = trackedRunner({ early });
    return {
      ...runner,
      async enter(...given) {
        const pass = await runner.enter(...given);
        return {
          x: pass.x,
          ...(pass.looked && { looked: change(pass.looked, runner.ledger) }),
          look: async (...asked) => change((await pass.look?.(...asked)) ?? [], runner.ledger),
          span: pass.span.bind(pass),
          exit: pass.exit.bind(pass),
          release: () => pass.release?.(),
        };
      },
    };
  }

  const few: Change = ([first, ...rest], ledger) => {
    if (first) ledger.dispose(first);
    return rest;
  };
  const many: Change = (taps, ledger) => [...taps, ledger.make([1])];

  test.each([
    ['too few, when asked', false, few, 'asked for 2 taps and returned 1'],
    ['too many, when asked', false, many, 'asked for 2 taps and returned 3'],
    ['too few, while entering', true, few, '2 taps were to be looked at while entering and 1 came'],
    ['too many, while entering', true, many, '2 taps were to be looked at while entering and 3 came'],
  ] as const)('%s', async (_, early, change, message) => {
    const { error } = await generate(changed(early, change), policy, { timesteps: [2, 1] });
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toContain(message);
  });
});
