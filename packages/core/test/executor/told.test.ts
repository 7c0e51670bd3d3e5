import { bwcache, fromBlocks, never, pab, refrain, teacache, type Float32Feature } from '@refrain/core';
import { describe, expect, test } from 'vitest';

const grow = (x: Float32Feature): Float32Array => (x as Float32Array).map((value) => value + 1);
const copy = (x: Float32Feature): Float32Array => (x as Float32Array).slice();

describe('what a report tells', () => {
  test('was carried out: a span that failed does not count as computed', async () => {
    let step = 0;
    const attention = {
      kind: 'temporal-attention' as const,
      compute: (x: Float32Feature): Float32Array => {
        if (step === 2) throw new Error('broken');
        return grow(x);
      },
      apply: grow,
    };
    const runner = fromBlocks([{ modules: [attention] }, { modules: [attention] }]);
    const run = refrain(runner, pab({ low: 0, high: 5 })).start({ timesteps: [9, 8, 7] });
    for (step = 0; step < 2; step++) await run.step(Float32Array.of(1), { step });
    await expect(run.step(Float32Array.of(1), { step: 2 })).rejects.toThrow('broken');
    expect(run.report().mask['conditional']).toBe('11-');
    expect(run.report().decisions.filter((record) => record.step === 2)).toEqual([]);
  });
});

describe('a policy that needs the first modulated input only', () => {
  test('is content with a runner that offers no other', async () => {
    const runner = fromBlocks([{ run: grow, modulated: copy }, { run: grow }]);
    const run = refrain(runner, teacache({ threshold: 10 })).start({ timesteps: [3, 2, 1] });
    for (const step of [0, 1, 2]) await run.step(Float32Array.of(1), { step });
    expect(run.report().mask['conditional']).toBe('101');
    expect(() => refrain(runner, bwcache())).toThrow(/modulated inputs of/);
  });
});

describe('an abort in the middle of a span', () => {
  test('stops a hand-written model between two blocks', async () => {
    const stop = new AbortController();
    const ran: number[] = [];
    const runner = fromBlocks(
      [0, 1, 2, 3].map((index) => (x: Float32Feature) => {
        ran.push(index);
        if (index === 1) stop.abort(new Error('enough'));
        return grow(x);
      }),
    );
    const run = refrain(runner, never()).start({ timesteps: [2, 1], signal: stop.signal });
    await expect(run.step(Float32Array.of(1), { step: 0 })).rejects.toMatchObject({ code: 'RUN_ABORTED' });
    expect(ran).toEqual([0, 1]);
    expect(run.report()).toMatchObject({ status: 'aborted', bytes: { held: 0 } });
  });

  test('is seen when it came before the start', () => {
    const stop = new AbortController();
    stop.abort();
    const run = refrain(fromBlocks([grow]), never()).start({ timesteps: [2, 1], signal: stop.signal });
    expect(run.report().status).toBe('aborted');
  });
});

describe('a way in that hands out one array again and again', () => {
  test('is refused: a reference would change under the cache', async () => {
    const scratch = Float32Array.of(1);
    const runner = fromBlocks<number, undefined>([{ run: grow, modulated: (x) => x }], {
      enter: (value) => {
        scratch[0] = value;
        return { x: scratch, context: undefined };
      },
    });
    const run = refrain(runner, teacache()).start({ timesteps: [3, 2, 1] });
    await run.step(1, { step: 0 });
    await expect(run.step(3, { step: 1 })).rejects.toMatchObject({ code: 'RUNNER_CONTRACT' });
  });
});

describe('the paper form of BWCache after a refused reuse', () => {
  test('compares again before it reuses', async () => {
    let length = 1;
    const runner = fromBlocks<number, undefined>([(x: Float32Feature) => copy(x)], {
      enter: (value) => ({ x: new Float32Array(length).fill(value), context: undefined }),
    });
    const policy = bwcache({ form: 'paper', threshold: 0.5, interval: 3 });
    const run = refrain(runner, policy).start({
      timesteps: Array.from({ length: 12 }, (_, step) => 12 - step),
    });
    for (let step = 0; step < 12; step++) {
      if (step === 2) length = 2;
      // Equal at first, so that it triggers; then another shape, and every step three times the one before.
      await run.step(step < 2 ? 1 : 3 ** step, { step });
    }
    expect(run.report().mask['conditional']).toBe('1'.repeat(12));
    expect(run.report().warnings.map(({ code }) => code)).toContain('shape-changed');
  });
});

describe('a slip of the hand', () => {
  test('the factory instead of the policy is explained', () => {
    const runner = fromBlocks([grow]);
    expect(() => refrain(runner, never as never)).toThrow(
      /expected a policy, got function: call the factory/,
    );
    expect(() => refrain(runner, null as never)).toThrow(
      expect.objectContaining({ code: 'POLICY_CONTRACT' }) as Error,
    );
  });
});
