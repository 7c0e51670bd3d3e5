import {
  both,
  bwcache,
  dbcache,
  fbcache,
  firstOf,
  fora,
  fromBlocks,
  limit,
  pab,
  refrain,
  teacache,
  type ComputeDecision,
  type Policy,
  type RunReport,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { runAll } from '../toy.ts';
import { maskOf, shapeOf, walkPurely, type Walked } from './walk-purely.ts';

const attention = (spatial: number): Policy => pab({ spatial, temporal: 1, cross: 1, low: -1, high: 2000 });

/** Writes down what a policy is told. */
function spied(policy: Policy, told: string[]): Policy {
  return {
    ...policy,
    observe(state, seen) {
      const names = Object.keys(seen.measured).join(', ');
      told.push(`${seen.step}: ${seen.site}–${seen.until} ${seen.did}${names && ` (${names})`}`);
      return policy.observe(state, seen);
    },
  };
}

function spansOf(walked: readonly Walked[], step: number): readonly string[] {
  return walked
    .filter(({ at, seen }) => at.step === step && seen.did !== 'measured')
    .map(({ at, seen }) => `${at.site}–${seen.until} ${seen.did}`);
}

describe('firstOf', () => {
  test('lets the inner policy reuse inside what the outer computes', () => {
    const run = shapeOf(7, 2, 'self-attention');
    const walked = walkPurely(firstOf(fora({ interval: 3, cache: 'stack' }), attention(9)), run);
    // The outer policy keeps the whole stack, which must begin with something computed.
    expect(maskOf(walked)).toBe('100p000');
    expect(spansOf(walked, 3)).toStrictEqual(['0–1 computed', '1–2 reused']);
  });

  test('asks the outer one alone where it reuses, and tells the inner nothing', () => {
    const told: string[] = [];
    const run = shapeOf(3, 2, 'self-attention');
    walkPurely(firstOf(fora({ interval: 2, cache: 'stack' }), spied(attention(3), told)), run);
    expect(told.map((line) => line.slice(0, 1))).toStrictEqual(['0', '0', '2', '2']);
  });

  test('hands the entries of the outer one on, whoever decides about their parts', () => {
    const run = shapeOf(4, 2, 'self-attention');
    const walked = walkPurely(firstOf(fora({ interval: 3, cache: 'stack' }), attention(2)), run);
    const keeps = walked
      .filter(({ at, decision }) => at.step === 0 && decision.do === 'compute')
      .map(({ decision }) => (decision as ComputeDecision).keep);
    expect(keeps).toStrictEqual([
      [
        { from: 0, until: 2, form: 'residual' },
        { from: 0, until: 1, form: 'value' },
      ],
      [{ from: 1, until: 2, form: 'value' }],
    ]);
  });

  test('tells the outer one a single outcome with all that was measured on the way', () => {
    const told: string[] = [];
    const run = shapeOf(3, 2, 'self-attention');
    walkPurely(firstOf(spied(bwcache({ threshold: 0 }), told), attention(2)), run, { ratio: () => 1 });
    expect(told).toStrictEqual([
      '0: 0–2 computed (relative L1 at 0, relative L1 at 1)',
      '1: 0–2 computed (relative L1 at 0, relative L1 at 1)',
      '2: 0–2 computed',
    ]);
  });

  test('measures for the outer one while the inner puts a value in', () => {
    const run = shapeOf(3, 2, 'self-attention');
    const walked = walkPurely(firstOf(bwcache({ threshold: 0 }), attention(2)), run, { ratio: () => 1 });
    const second = walked.filter(({ at }) => at.step === 1).map(({ decision }) => decision);
    expect(second.map((decision) => decision.do)).toStrictEqual(['compute', 'reuse']);
    expect(
      second.flatMap((decision) => (decision.do === 'reuse' ? (decision.measure ?? []) : [])),
    ).toStrictEqual([
      // What the outer policy computes becomes its reference, although a part of it was reused.
      { name: 'a: relative L1 at 1', tap: { of: 'modulated', at: 1 }, against: 'seen' },
    ]);
  });

  test('computes in one go where the outer one measures a difference', () => {
    const run = shapeOf(4, 4, 'self-attention');
    const walked = walkPurely(firstOf(fbcache({ threshold: 0, blocks: 2 }), attention(4)), run, {
      ratio: () => 1,
    });
    expect(spansOf(walked, 1)).toStrictEqual(['0–2 computed', '2–3 computed', '3–4 reused']);
  });

  test('computes what the inner one would reuse beyond the outer span', () => {
    const run = shapeOf(4, 2, 'self-attention');
    const walked = walkPurely(firstOf(attention(2), fora({ interval: 4, cache: 'stack' })), run);
    expect(maskOf(walked)).toBe('1010');
    const { decision } = walked.filter(({ at }) => at.step === 2)[0] ?? {};
    expect(decision).toMatchObject({ do: 'compute', until: 1 });
  });

  test('combines three', () => {
    const run = shapeOf(9, 4, 'self-attention');
    const outer = fora({ interval: 4, cache: 'stack' });
    const middle = fbcache({ threshold: 0.5, blocks: 2 });
    const walked = walkPurely(firstOf(outer, middle, attention(9)), run, {
      ratio: (_, { step }) => (step === 8 ? 0 : 1),
    });
    // 8 − s a multiple of 4 is computed by the outer one: 0, 4 and 8.
    expect(maskOf(walked)).toBe('1000p000p');
    // The entries of the two outer policies begin at 0 and 2.
    expect(spansOf(walked, 4)).toStrictEqual(['0–2 computed', '2–3 computed', '3–4 reused']);
    expect(spansOf(walked, 8)).toStrictEqual(['0–2 computed', '2–4 reused']);
  });

  test('tells at once that nothing is seen where the pass has gone on', () => {
    // From step 1 on the first site is reused, so that TeaCache is asked at the second, and cannot look at the first.
    const outer = pab({ spatial: 9, cross: 1, low: -1, high: 2000 });
    const run = shapeOf(4, 2, 'self-attention');
    const sites = run.stream.inner.map((site, index) =>
      index === 0 ? site : { ...site, kind: 'mlp' as const },
    );
    const walked = walkPurely(
      firstOf(outer, teacache({ threshold: 9 })),
      { ...run, stream: { ...run.stream, inner: sites } },
      {
        ratio: () => 0,
      },
    );
    expect(maskOf(walked)).toBe('1ppp');
    expect(walked.filter(({ at, seen }) => at.step > 0 && seen.did === 'measured')).toStrictEqual([]);
  });

  test('promises the windows of both and the sum of their ages', () => {
    const run = shapeOf(20, 2, 'self-attention');
    const outer = fora({ interval: 4, cache: 'stack' });
    expect(firstOf(outer, attention(3)).limits(run)).toStrictEqual({ warmUp: 1, tail: 0, maxAge: 5 });
    expect(both(outer, attention(3)).limits(run)).toStrictEqual({ warmUp: 1, tail: 1, maxAge: 2 });
    expect(firstOf(outer, teacache()).limits(run).maxAge).toBe(undefined);
  });

  test('an age limit around it sees through what one policy kept of another', () => {
    // Without it the stack that is kept at step 4 holds attention of step 0.
    const run = shapeOf(9, 2, 'self-attention');
    const policy = firstOf(fora({ interval: 4, cache: 'stack' }), attention(9));
    expect(maskOf(walkPurely(policy, run))).toBe('1000p0000');
    expect(maskOf(walkPurely(limit({ maxAge: 3 }, policy), run))).toBe('100010001');
  });

  test('has an own history for a policy that combines several past values', () => {
    const run = shapeOf(3, 2);
    const extrapolating: Policy = { ...fora({ interval: 3, cache: 'stack' }), needs: { history: 2 } };
    const [first, second] = walkPurely(firstOf(extrapolating, fora({ interval: 3, cache: 'stack' })), run);
    expect(first?.decision).toMatchObject({ keep: [{ slot: 'a' }, {}] });
    expect(second?.decision).toMatchObject({ do: 'reuse', slot: 'a' });
  });
});

/** Blocks of two modules whose modulated inputs are given by step. */
async function runOpenLoop(policy: Policy, modulated: readonly number[]): Promise<RunReport> {
  const add = (x: unknown, value: unknown): Float32Array =>
    (x as Float32Array).map((item, index) => item + ((value as Float32Array)[index] ?? 0));
  const given = (_: unknown, step: number): Float32Array => Float32Array.of(modulated[step] ?? 0);
  const value = (x: unknown): Float32Array => (x as Float32Array).map((item) => item / 2);
  const block = {
    modules: [
      { kind: 'self-attention' as const, compute: value, apply: add, modulated: given },
      { kind: 'mlp' as const, compute: value, apply: add, modulated: given },
    ],
  };
  const runner = fromBlocks<number, number>([block, block], {
    enter: (step) => ({ x: Float32Array.of(1 + step), context: step }),
  });
  const timesteps = modulated.map((_, step) => modulated.length - step);
  return runAll(refrain(runner, policy), { timesteps }, (step) => step);
}

describe('through the executor', () => {
  const flat = Array.from({ length: 24 }, (_, step) => 16 + 4 / (1 + step) + (step % 5 === 4 ? 1 : 0));

  test.each<[string, Policy]>([
    ['bwcache', bwcache({ threshold: 0.05, interval: 2 })],
    ['bwcache, paper', bwcache({ threshold: 0.3, interval: 2, form: 'paper' })],
    ['teacache', teacache({ threshold: 0.1 })],
    ['dbcache', dbcache({ threshold: 0.3, front: 1, warmUp: 2 })],
  ])('%s decides as it would alone, since its indicators are the same', async (name, outer) => {
    const alone = await runOpenLoop(outer, flat);
    const refined = await runOpenLoop(firstOf(outer, attention(4)), flat);
    expect(refined.warnings).toStrictEqual([]);
    const partly = refined.mask['conditional'] ?? '';
    expect(partly).toContain('p');
    if (name !== 'bwcache, paper' && name !== 'dbcache')
      expect(partly.replaceAll('p', '1')).toBe(alone.mask['conditional']);
  });
});
